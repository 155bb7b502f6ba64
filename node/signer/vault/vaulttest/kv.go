package vaulttest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxVersions is how many versions a secret keeps.
const maxVersions = 10

type mount struct {
	version int
	secrets map[string]*secret // version 2
	plain   map[string]any     // version 1
}

type secret struct {
	made, changed time.Time
	current       int
	versions      map[int]*version
}

type version struct {
	data      any
	made      time.Time
	deleted   time.Time
	destroyed bool
}

func newMount(v int) *mount {
	return &mount{version: v, secrets: map[string]*secret{}, plain: map[string]any{}}
}

func (m *mount) options() any {
	if m.version == 1 {
		return nil
	}
	return map[string]string{"version": "2"}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func (v *version) metadata(number int) map[string]any {
	return map[string]any{"version": number, "created_time": stamp(v.made), "deletion_time": stamp(v.deleted), "destroyed": v.destroyed, "custom_metadata": nil}
}

// kv answers a call below a mount.
func (s *Server) kv(c *call, m *mount, path string) answer {
	if m.version == 1 {
		return m.first(c, path)
	}
	what, key, _ := strings.Cut(path, "/")
	writes := c.Method == "POST" || c.Method == "PUT"
	switch {
	case key == "":
	case what == "data" && c.Method == "GET":
		return m.read(c, key)
	case what == "data" && writes:
		return m.put(c, key, s.now())
	case what == "data" && c.Method == "DELETE":
		if x := m.secrets[key]; x != nil && x.versions[x.current] != nil {
			x.remove(x.current, s.now())
		}
		return answer{code: 204}
	case (what == "delete" || what == "undelete" || what == "destroy") && writes:
		return m.change(c, what, key, s.now())
	case what == "metadata" && c.Method == "GET":
		return m.metadata(key)
	case what == "metadata" && c.Method == "DELETE":
		delete(m.secrets, key)
		return answer{code: 204}
	}
	return refuse(404, "1 error occurred:\n\t* unsupported path\n\n")
}

// first is KV of version 1: a write overwrites whatever is there.
func (m *mount) first(c *call, path string) answer {
	switch c.Method {
	case "GET":
		if m.plain[path] == nil {
			return refuse(404)
		}
		return answer{code: 200, data: m.plain[path]}
	case "DELETE":
		delete(m.plain, path)
	default:
		m.plain[path] = c.body()
	}
	return answer{code: 204}
}

func (m *mount) read(c *call, key string) answer {
	x := m.secrets[key]
	if x == nil {
		return refuse(404)
	}
	number := x.current
	if given := c.query["version"]; len(given) > 0 {
		n, err := strconv.Atoi(given[0])
		if err != nil {
			return refuse(400, "Field validation failed: error converting input for field \"version\"")
		}
		if n != 0 {
			number = n
		}
	}
	v := x.versions[number]
	if v == nil {
		return refuse(404)
	}
	a := answer{code: 200, data: map[string]any{"data": v.data, "metadata": v.metadata(number)}}
	if v.destroyed || !v.deleted.IsZero() {
		a.code = 404
		a.data = map[string]any{"data": nil, "metadata": v.metadata(number)}
	}
	return a
}

func (m *mount) put(c *call, key string, now time.Time) answer {
	b := c.body()
	data, ok := b["data"].(map[string]any)
	if !ok {
		return refuse(400, "no data provided")
	}
	x := m.secrets[key]
	if options, ok := b["options"].(map[string]any); ok && options["cas"] != nil {
		cas, err := strconv.Atoi(fmt.Sprint(options["cas"]))
		if err != nil {
			return refuse(400, "error parsing check-and-set parameter")
		}
		current := 0
		if x != nil {
			current = x.current
		}
		if cas != current {
			return refuse(400, "check-and-set parameter did not match the current version")
		}
	}
	if x == nil {
		x = &secret{made: now, versions: map[int]*version{}}
		m.secrets[key] = x
	}
	x.current++
	x.changed = now
	x.versions[x.current] = &version{data: data, made: now}
	delete(x.versions, x.current-maxVersions)
	return answer{code: 200, data: x.versions[x.current].metadata(x.current)}
}

func (x *secret) remove(number int, now time.Time) {
	if v := x.versions[number]; v != nil && v.deleted.IsZero() && !v.destroyed {
		v.deleted = now
	}
}

func (m *mount) change(c *call, what, key string, now time.Time) answer {
	x := m.secrets[key]
	list, _ := c.body()["versions"].([]any)
	if len(list) == 0 {
		return refuse(400, "no version number provided")
	}
	if x == nil {
		return answer{code: 204}
	}
	for _, each := range list {
		n, _ := each.(json.Number).Int64()
		v := x.versions[int(n)]
		switch {
		case v == nil:
		case what == "delete":
			x.remove(int(n), now)
		case what == "undelete" && !v.destroyed:
			v.deleted = time.Time{}
		case what == "destroy":
			v.destroyed, v.data = true, nil
		}
	}
	return answer{code: 204}
}

func (m *mount) metadata(key string) answer {
	x := m.secrets[key]
	if x == nil {
		return refuse(404)
	}
	versions := map[string]any{}
	oldest := 0
	for n, v := range x.versions {
		versions[strconv.Itoa(n)] = map[string]any{"created_time": stamp(v.made), "deletion_time": stamp(v.deleted), "destroyed": v.destroyed}
		if oldest == 0 || n < oldest {
			oldest = n
		}
	}
	if len(x.versions) < maxVersions {
		oldest = 0
	}
	return answer{code: 200, data: map[string]any{"cas_required": false, "created_time": stamp(x.made), "current_version": x.current, "custom_metadata": nil,
		"delete_version_after": "0s", "max_versions": 0, "oldest_version": oldest, "updated_time": stamp(x.changed), "versions": versions}}
}
