package monitor

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/notekey"
)

// Door shows heads of logs beside econd itself.
type Door interface {
	// Name is told in reports and alarms.
	Name() string

	// Head is the newest signed checkpoint of a log that the door knows, at most 64 KiB.
	Head(ctx context.Context, origin string) ([]byte, error)
}

// maxHead bounds what a door answers.
const maxHead = 64 << 10

// Mirror is another econd, or a copy, of the same log.
func Mirror(name string, c *client.Client) Door { return mirror{name, c} }

type mirror struct {
	name string
	c    *client.Client
}

func (d mirror) Name() string { return d.name }

func (d mirror) Head(ctx context.Context, _ string) ([]byte, error) {
	return d.c.Checkpoint().Get(ctx)
}

// Witness is a witness as econd witness serves it, at GET /checkpoint?origin=. at is its URL.
func Witness(at string) (Door, error) {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("%w: a witness is named by a URL like https://witness.example, without query or password", ErrConfig)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = 30 * time.Second
	return &witnessDoor{strings.TrimRight(at, "/"), &http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

type witnessDoor struct {
	url  string
	http *http.Client
}

func (d *witnessDoor) Name() string { return d.url }

func (d *witnessDoor) Head(ctx context.Context, origin string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url+"/checkpoint?origin="+url.QueryEscape(origin), nil)
	if err != nil {
		return nil, err
	}
	resp, err := d.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s", client.WhyUnreached(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answers %d", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxHead+1))
	if err == nil && len(body) > maxHead {
		err = fmt.Errorf("answers more than %d bytes", maxHead)
	}
	return body, err
}

// askDoors keeps what the other doors show.
func (m *Monitor) askDoors(ctx context.Context) error {
	key, err := notekey.LogVerifier(m.state.LogKey)
	if err != nil {
		return err
	}
	for _, d := range m.cfg.Doors {
		if err := m.askDoor(ctx, d, key); err != nil {
			return err
		}
	}
	return nil
}

func (m *Monitor) askDoor(ctx context.Context, d Door, key note.Verifier) error {
	ask, end := m.within(ctx)
	defer end()
	msg, err := d.Head(ask, key.Name())
	if err == nil && len(msg) > maxHead {
		err = fmt.Errorf("answers more than %d bytes", maxHead)
	}
	if err != nil {
		m.fault(d.Name()+" gives no head", err)
		return nil
	}
	return m.keep(ctx, d.Name(), msg)
}
