package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/ledger"
)

// admit lets a request for a priced resource pass if it carries a token for it,
// and answers it with a challenge otherwise. Tokens are bearer tokens here:
// operations are authorised by their signatures alone.
func (a *API) admit(ctx context.Context, c echo.Context, resource string) error {
	var sat int64
	a.cfg.Node.View(func(s *ledger.State, _ int64) { sat = s.PriceSat(resource) })
	if sat == 0 {
		return nil
	}
	need := l402.Need{Service: a.cfg.Service, Capability: resource}
	_, err := a.cfg.Gate.Check(a.cfg.Now(), c.Request().Header.Values("Authorization"), need)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, l402.ErrUnavailable):
		return err
	case !l402.NeedsPayment(err):
		return tokenProblem(err)
	}
	challenge, err := a.cfg.Gate.Challenge(ctx, a.cfg.Now(), l402.CallerOf(c.RealIP()), need, sat*1000)
	if err != nil {
		return challengeProblem(err)
	}
	a.metrics.challenges.Inc()
	return &Problem{Rule: "payment-required", Title: "Payment required", Status: http.StatusPaymentRequired,
		Field: "Authorization", Resource: resource, PriceSat: sat,
		Detail: fmt.Sprintf("%q costs %d sat: pay the invoice in WWW-Authenticate over Lightning, then repeat the request with "+
			"Authorization: L402 <macaroon>:<preimage>; `econctl call` does both", resource, sat),
		header: [][2]string{{"WWW-Authenticate", challenge.Header()}}}
}

// tokenProblem refuses a credential that paying again would not cure.
func tokenProblem(err error) *Problem {
	detail := "the L402 credential is not valid"
	var e *l402.Error
	if errors.As(err, &e) {
		detail = e.Error()
	}
	return &Problem{Rule: "l402-credential", Title: "Credential refused", Status: http.StatusUnauthorized,
		Field: "Authorization", Detail: detail + "; leave the header away to get a new challenge",
		header: [][2]string{{"WWW-Authenticate", `L402 realm="econd"`}}}
}

func challengeProblem(err error) error {
	var limited *l402.RateLimitError
	if !errors.As(err, &limited) {
		return err
	}
	return &Problem{Rule: "challenge-rate", Title: "Too many requests", Status: http.StatusTooManyRequests,
		Detail:     "too many challenges were asked for and not paid; pay one of them, or wait",
		RetryAfter: limited.Seconds()}
}
