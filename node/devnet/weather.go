package devnet

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Weather is a small HTTP service for the provider to sell. It knows nothing
// of payments: put it behind an aperture. Its observations are drawn from a
// hash of the city's name, so the same question has the same answer on every
// machine.
//
//	GET /v1/weather/{city}   Observation
type Weather struct {
	Addr string // host:port, plain HTTP on loopback

	server *http.Server
	served atomic.Int64
}

// Observation is the answer of Weather.
type Observation struct {
	City                string `json:"city"`
	TemperatureDeciC    int    `json:"temperature_deci_celsius"` // -200 to 399
	HumidityPercent     int    `json:"humidity_percent"`         // 20 to 99
	WindDeciMetrePerS   int    `json:"wind_deci_metres_per_second"`
	PressureHectopascal int    `json:"pressure_hectopascal"`
	Sky                 string `json:"sky"`
}

// Observe returns the weather of a city; upper and lower case do not matter.
func Observe(city string) Observation {
	city = strings.ToLower(city)
	h := sha256.Sum256([]byte("weather/" + city))
	draw := func(i, n int) int { return (int(h[2*i])<<8 | int(h[2*i+1])) % n }
	skies := [...]string{"clear", "cloudy", "fog", "rain", "snow", "storm"}
	return Observation{
		City:                city,
		TemperatureDeciC:    draw(0, 600) - 200,
		HumidityPercent:     draw(1, 80) + 20,
		WindDeciMetrePerS:   draw(2, 300),
		PressureHectopascal: draw(3, 90) + 960,
		Sky:                 skies[draw(4, len(skies))],
	}
}

// StartWeather serves Weather on a port of its own until the network is
// closed, or Close is called.
func (n *Net) StartWeather() (*Weather, error) {
	l, err := listenLoopback()
	if err != nil {
		return nil, fmt.Errorf("weather: %w", err)
	}
	w := &Weather{Addr: l.Addr().String()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/weather/{city}", w.answer)
	w.server = &http.Server{
		Handler: mux, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() { _ = w.server.Serve(l) }()
	n.onClose(w.Close)
	return w, nil
}

// maxCity is the longest name of a city, in bytes.
const maxCity = 64

func (w *Weather) answer(rw http.ResponseWriter, r *http.Request) {
	city := r.PathValue("city")
	if len(city) > maxCity {
		http.Error(rw, fmt.Sprintf("city: longer than %d bytes", maxCity), http.StatusBadRequest)
		return
	}
	w.served.Add(1)
	rw.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(rw).Encode(Observe(city))
}

// Served counts the observations given out so far: calls that were paid for,
// where an aperture stands before it.
func (w *Weather) Served() int64 { return w.served.Load() }

// Close ends the service.
func (w *Weather) Close() { w.server.Close() }
