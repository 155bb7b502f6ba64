package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/voting"
)

// info is what a newcomer needs before it signs or pays anything.
type infoView struct {
	Economy   string               `json:"economy"`
	Network   string               `json:"network"`
	Operator  op.PublicKey         `json:"operator"`
	Version   string               `json:"version"`
	Log       logView              `json:"log"`
	Clock     clockView            `json:"clock"`
	NowMs     int64                `json:"now_ms"`
	Size      uint64               `json:"size"`
	Agents    int                  `json:"agents"`
	Proposals int                  `json:"proposals"`
	Epoch     epochView            `json:"epoch"`
	Prices    []constitution.Price `json:"prices"`
	Pools     []view.Pool          `json:"pools"`
	Tracks    []trackView          `json:"tracks"`
	L402      l402View             `json:"l402"`
	Outside   view.Outside         `json:"outside"`
}

type logView struct {
	Origin      string `json:"origin"`
	VerifierKey string `json:"verifier_key"`
}

type clockView struct {
	TimeMs int64   `json:"time_ms"`
	Height uint32  `json:"height"`
	Block  op.Hash `json:"block"`
}

type epochView struct {
	Closed int64 `json:"closed"`
	NextMs int64 `json:"next_ms"`
}

// trackView is the part of a track that a proposer asks about first.
type trackView struct {
	Name          string   `json:"name"`
	CollateralSat int64    `json:"collateral_sat"` // asked now
	VotingDelayS  int64    `json:"voting_delay_s"`
	VotingPeriodS int64    `json:"voting_period_s"`
	TimelockS     int64    `json:"timelock_s"`
	Weight        string   `json:"weight"`
	Vetoable      bool     `json:"vetoable"`
	Actions       []string `json:"actions"`

	Counting voting.Method `json:"counting"`
}

type l402View struct {
	Mode    Mode   `json:"mode"`
	Service string `json:"service,omitempty"`
}

func (a *API) info(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	v := infoView{Version: a.cfg.Version, L402: l402View{a.cfg.Mode, a.cfg.Service}, Outside: a.cfg.Node.Outside()}
	err = a.view(c, q, func(s *ledger.State, nowMs int64) {
		at, rules := s.Clock(), s.Constitution()
		v.Economy, v.Network, v.Operator = s.Economy(), s.Network(), s.Operator()
		v.Log = logView{ledger.Origin(s.Economy()), s.LogVerifier()}
		v.Clock = clockView{at.TimeMs, at.Height, at.BlockHash}
		v.NowMs, v.Size, v.Agents, v.Proposals = nowMs, s.Next(), s.Agents(), s.Proposals()
		v.Epoch.Closed, v.Epoch.NextMs = s.Epoch()
		v.Prices = append([]constitution.Price{}, rules.Prices...)
		v.Pools = append([]view.Pool{}, s.Pools()...)
		for i := range rules.Tracks {
			t := &rules.Tracks[i]
			v.Tracks = append(v.Tracks, trackView{t.Name, s.CollateralSat(t.Name, nowMs), t.VotingDelayS, t.VotingPeriodS,
				t.TimelockS, string(t.Weight.Kind), t.Vetoable, append([]string{}, t.Actions...), t.Method()})
		}
	})
	if err != nil {
		return err
	}
	return reply(c, v)
}

func (a *API) constitution(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	var text string
	err = a.view(c, q, func(s *ledger.State, _ int64) { text = op.EncodeContent(s.Constitution()) })
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, []byte(text))
}

// healthz says whether the process does its work at all: restart it if not.
func (a *API) healthz(c echo.Context) error {
	if err := a.cfg.Node.Health(); err != nil {
		return err
	}
	return reply(c, map[string]string{"status": "ok"})
}

// readyz says whether all of the work can be done: send callers elsewhere if
// not.
func (a *API) readyz(c echo.Context) error {
	if problems := a.cfg.Node.Ready(); len(problems) > 0 {
		return &Problem{Rule: "not-ready", Title: "Not ready", Status: http.StatusServiceUnavailable,
			Detail: "part of the work has to wait; see problems", Problems: problems, RetryAfter: retryLightning}
	}
	return reply(c, map[string]string{"status": "ready"})
}
