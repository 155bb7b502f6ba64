package template

import (
	"bytes"

	"github.com/econd/econd/node/op"
)

// Example is a filled-in known template, to be changed by whoever proposes.
func Example(name string) []byte {
	someone := op.PublicKey(bytes.Repeat([]byte{0xab}, 32))
	model := Artifact{Name: "weather-model", Version: "3.1.0", SHA256: op.Hash(bytes.Repeat([]byte{0xcd}, 32)),
		URL: "https://models.example/weather-3.1.0.safetensors", License: "Apache-2.0"}
	var t terms
	switch name {
	case "model-upgrade":
		t = &ModelUpgrade{Service: "forecast", Provider: someone, From: Artifact{Name: "weather-model", Version: "3.0.2"}, To: model,
			Rollout: "staged", RollbackS: 604800}
	case "scope-change":
		t = &ScopeChange{Agent: someone, Add: []string{"orders:place"}, Remove: []string{"orders:read-all"}}
	case "tool-access":
		t = &ToolAccess{Agent: someone, Tool: Artifact{Name: "sql-console", Version: "1.4"}, Rights: []string{"read"},
			CallsPerDay: 500, SatPerDay: 2000, UntilMs: 1_900_000_000_000}
	case "training-allocation":
		t = &TrainingAllocation{Provider: someone, Model: model, Datasets: []Artifact{{Name: "radar-2026", Version: "2"}},
			ComputeHours: 320, BudgetSat: 1_500_000, DeadlineMs: 1_900_000_000_000}
	default:
		panic("template: no example of " + name)
	}
	return []byte(op.EncodeContent(t))
}
