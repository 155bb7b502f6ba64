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
	"github.com/econd/econd/node/admission"
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
	desk    admission.Desk
	backups chan struct{} // one at a time

	stop     context.Context // ends the streams
	stopOnce context.CancelFunc
}

// route is a row of the table of reads and what answers it. Streams set their own
// deadlines.
type route struct {
	*read.Route
	handle echo.HandlerFunc
	stream bool
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
		desk:    cfg.Desk(),
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
	if cfg.Mode == admission.Aperture {
		a.echo.IPExtractor = behindAperture
	}
	a.echo.HTTPErrorHandler = func(err error, c echo.Context) { a.writeError(c, err) }
	a.echo.Use(a.observe)
	for _, r := range a.routes() {
		path := strings.NewReplacer("{", ":", "}", "").Replace(r.Path)
		a.echo.Add(r.Verb(), path, a.wrap(r))
		if r.Verb() == http.MethodGet {
			a.echo.Add(http.MethodHead, path, a.wrap(headOf(r)))
		}
	}
	if cfg.Home != nil {
		a.addHome()
	}
	return a, nil
}

// routes lists every route of the API: the table of reads. What has GET has HEAD.
func (a *API) routes() []route {
	others := a.others()
	var list []route
	for _, r := range read.Routes() {
		switch {
		case r.Path == "": // of gRPC alone
		case r.IsRead():
			list = append(list, route{r, a.read(r), false})
		default:
			to := others[r.Name]
			to.Route = r
			list = append(list, to)
		}
	}
	return list
}

// others answer the rows that are no reads, by name.
func (a *API) others() map[string]route {
	plain := func(h echo.HandlerFunc) route { return route{handle: h} }
	stream := func(h echo.HandlerFunc) route { return route{handle: h, stream: true} }
	return map[string]route{
		"getSchema":             plain(a.schema(schemas.Read)),
		"getOperationSchema":    plain(a.schema(schemas.ReadOperation)),
		"postOperations":        stream(a.postOperations),
		"payFromWallet":         plain(a.payFromWallet),
		"checkPayment":          plain(a.checkPayment),
		"getPaymentResult":      plain(a.paymentResult),
		"streamNotifications":   stream(a.notifications),
		"putAgentWebhook":       plain(a.putWebhook),
		"getAgentWebhook":       plain(a.getWebhook),
		"deleteAgentWebhook":    plain(a.deleteWebhook),
		"getAgentWebhookSecret": plain(a.agentWebhookSecret),
		"exportLog":             stream(a.exportLog),
		"streamEvents":          stream(a.events),
		"getGuide":              plain(a.guide),
		"getOpenAPIYAML":        plain(a.specYAML),
		"getOpenAPIJSON":        plain(a.specJSON),
		"anchorNow":             plain(a.adminAnchor),
		"getBackup":             stream(a.adminBackup),
		"revokeToken":           plain(a.adminRevoke),
		"getWebhookSecret":      plain(a.adminWebhookSecret),
		"getHealth":             plain(a.healthz),
		"getReadiness":          plain(a.readyz),
		"getMetrics":            plain(a.serveMetrics),
	}
}

// wrap puts the caller's share, the gate and the time limit around a handler.
func (a *API) wrap(r route) echo.HandlerFunc {
	// Operations are counted one by one where they are read.
	counted := r.Resource == constitution.ResourceOperations
	return func(c echo.Context) error {
		if !read.Canonical(c.Request().URL) {
			return badRequest("path", "path-spelling", "must have no empty, . or .. segment and no character percent-encoded that can stand as it is")
		}
		leave, err := a.enter(c, a.rooms.of(r.Route, c.Request()))
		if err != nil {
			return err
		}
		defer leave()
		resource := read.ResourceOfURL(c.Request().URL)
		if resource == "" || counted || a.cfg.Mode == admission.Off {
			return a.serve(r, c)
		}
		p, err := a.pay(c, resource)
		if err != nil {
			return err
		}
		err = a.serve(r, c)
		if err != nil && !c.Response().Committed && !costs(err) {
			p.GiveBack(1)
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
