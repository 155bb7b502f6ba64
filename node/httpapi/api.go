package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/docs/schemas"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/read"
)

// API is the HTTP API of one node. Safe for concurrent use.
type API struct {
	cfg     Config
	echo    *echo.Echo
	metrics *metrics
	spec    spec
	once    *once // signed requests that change something

	rooms   rooms
	backups chan struct{} // one at a time

	stop     context.Context // ends the streams
	stopOnce context.CancelFunc
}

// route is one method and path. Streams set their own deadlines.
type route struct {
	method, path string
	handle       echo.HandlerFunc
	stream       bool
}

// New builds the API. The error names the field of the configuration that is
// wrong.
func New(cfg Config) (*API, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	spec, err := loadSpec()
	if err != nil {
		return nil, err
	}
	a := &API{
		cfg:     cfg,
		echo:    echo.New(),
		spec:    spec,
		rooms:   newRooms(cfg.Limits),
		backups: make(chan struct{}, 1),
	}
	if a.once, err = newOnce(cfg.Answers, cfg.Node.Operator()); err != nil {
		return nil, err
	}
	a.stop, a.stopOnce = context.WithCancel(context.Background())
	if a.metrics, err = newMetrics(cfg.Metrics, cfg.Node); err != nil {
		return nil, fmt.Errorf("httpapi: register metrics: %w", err)
	}
	a.echo.HideBanner = true
	a.echo.HidePort = true
	a.echo.IPExtractor = directIP // proxies cannot be told from liars here
	if cfg.Mode == ModeAperture {
		a.echo.IPExtractor = behindAperture
	}
	a.echo.HTTPErrorHandler = func(err error, c echo.Context) { a.writeError(c, err) }
	a.echo.Use(a.observe)
	for _, r := range a.routes() {
		a.echo.Add(r.method, r.path, a.wrap(r))
		if r.method == http.MethodGet {
			a.echo.Add(http.MethodHead, r.path, a.wrap(headOf(r)))
		}
	}
	if cfg.Home != nil {
		a.addHome()
	}
	return a, nil
}

// routes lists every route of the API; openapi.yaml documents each of them. What
// has GET has HEAD.
func (a *API) routes() []route {
	get := func(path string, h echo.HandlerFunc) route { return route{http.MethodGet, path, h, false} }
	var list []route
	for _, r := range read.Routes() {
		list = append(list, get(echoPath(r.Path), a.read(r)))
	}
	return append(list, []route{
		get("/v1/info", a.info),
		get("/v1/constitution", a.constitution),
		get("/v1/constitution/versions", a.constitutionVersions),
		get("/v1/constitution/versions/:number", a.constitutionVersion),
		get("/v1/schemas/:name", a.schema(schemas.Read)),
		get("/v1/schemas/operations/:name", a.schema(schemas.ReadOperation)),
		get("/v1/registry", a.registry),
		get("/v1/registry/:kind/:name", a.registryEntry),
		get("/v1/grants", a.grants),
		get("/v1/grants/:id", a.grant),
		get("/v1/budgets/:pubkey", a.budgets),
		{http.MethodPost, "/v1/operations", a.postOperations, true},
		get("/v1/operations/:id", a.operation),
		get("/v1/operations/:id/proof", a.operationProof),
		get("/v1/agents", a.agents),
		get("/v1/agents/:pubkey", a.agent),
		get("/v1/agents/:pubkey/delegations", a.delegations),
		get("/v1/agents/:pubkey/participation", a.participation),
		get("/v1/agents/:pubkey/delegate-report", a.delegateReport),
		get("/v1/tracks/:name/participation", a.trackParticipation),
		get("/v1/agents/:pubkey/reputation", a.reputation),
		get("/v1/agents/:pubkey/reputation/history", a.reputationHistory),
		get("/v1/agents/:pubkey/reputation/statement", a.reputationStatement),
		{http.MethodGet, "/v1/agents/:pubkey/notifications", a.notifications, true},
		{http.MethodPut, "/v1/agents/:pubkey/webhook", a.putWebhook, false},
		get("/v1/agents/:pubkey/webhook", a.getWebhook),
		{http.MethodDelete, "/v1/agents/:pubkey/webhook", a.deleteWebhook, false},
		get("/v1/agents/:pubkey/webhook/secret", a.agentWebhookSecret),
		get("/v1/proposals/:id/disputes", a.proposalDisputes),
		get("/v1/disputes", a.disputes),
		get("/v1/disputes/:id", a.dispute),
		get("/v1/jurors", a.jurors),
		get("/v1/jurors/:pubkey", a.juror),
		get("/v1/stakes", a.stakes),
		get("/v1/stakes/:id", a.stake),
		get("/v1/pools", a.pools),
		get("/v1/payouts", a.payouts),
		get("/v1/payouts/:id", a.payout),
		get("/v1/figures", a.economyMetrics),
		get("/v1/figures/:metric", a.figures),
		get("/v1/rules", a.rules),
		get("/v1/rules/:name", a.rule),
		get("/v1/pauses", a.pauses),
		get("/v1/pauses/motions", a.pauseMotions),
		get("/v1/checkpoints/latest", a.checkpoint),
		get("/v1/checkpoints/consistency", a.consistency),
		get("/v1/anchors", a.anchors),
		{http.MethodGet, "/v1/log", a.exportLog, true},
		{http.MethodGet, "/v1/events", a.events, true},
		get("/v1/openapi.yaml", a.specYAML),
		get("/v1/openapi.json", a.specJSON),
		{http.MethodPost, "/v1/admin/anchor", a.adminAnchor, false},
		{http.MethodGet, "/v1/admin/backup", a.adminBackup, true},
		{http.MethodDelete, "/v1/admin/tokens/:id", a.adminRevoke, false},
		{http.MethodGet, "/v1/admin/webhook-secret", a.adminWebhookSecret, false},
		get("/healthz", a.healthz),
		get("/readyz", a.readyz),
		get("/metrics", a.serveMetrics),
	}...)
}

// echoPath is a path of the table as echo spells it.
func echoPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// wrap puts the caller's share, the gate and the time limit around a handler.
func (a *API) wrap(r route) echo.HandlerFunc {
	// Operations are counted one by one where they are read.
	counted := node.ResourceOf(r.method, r.path) == constitution.ResourceOperations
	return func(c echo.Context) error {
		if !node.Canonical(c.Request().URL) {
			return badRequest("path", "path-spelling", "must have no empty, . or .. segment and no character percent-encoded that can stand as it is")
		}
		leave, err := a.enter(c, a.rooms.of(r, c.Request()))
		if err != nil {
			return err
		}
		defer leave()
		resource := node.ResourceOfURL(r.method, c.Request().URL)
		if resource == "" || counted || a.cfg.Mode == ModeOff {
			return a.serve(r, c)
		}
		p, err := a.pay(c, resource)
		if err != nil {
			return err
		}
		err = a.serve(r, c)
		if err != nil && !c.Response().Committed && !counts(problemOf(err).Status) {
			p.giveBack(1)
		}
		return err
	}
}

// serve runs a handler within its time.
func (a *API) serve(r route, c echo.Context) error {
	if r.stream {
		return r.handle(c)
	}
	req := c.Request()
	ctx, cancel := context.WithTimeout(req.Context(), a.cfg.Limits.Request)
	defer cancel()
	c.SetRequest(req.WithContext(ctx))
	return r.handle(c)
}

// ServeHTTP makes the API an http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.echo.ServeHTTP(w, r) }

// StopStreams ends the event streams and log exports, so that a shutdown does
// not wait for their clients; these resume elsewhere or later. Streams opened
// afterwards end at once.
func (a *API) StopStreams() { a.stopOnce() }

// Server returns an http.Server for the API with timeouts that its handlers
// rely on: ordinary requests are bounded by them, streams extend them while
// bytes move. Its Shutdown stops the streams first.
func (a *API) Server(addr string) *http.Server {
	s := &http.Server{
		Addr:              addr,
		Handler:           a,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       a.cfg.Limits.Stall,
		WriteTimeout:      a.cfg.Limits.Request + a.cfg.Limits.Stall,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(a.cfg.Log.Handler(), slog.LevelDebug),
	}
	s.RegisterOnShutdown(a.StopStreams)
	return s
}
