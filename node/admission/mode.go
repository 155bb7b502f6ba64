package admission

import (
	"fmt"
	"reflect"
)

// Mode says who charges for priced resources.
type Mode string

// Modes of L402.
const (
	Off      Mode = "off"      // nobody
	Direct   Mode = "direct"   // the API, through its gate
	Aperture Mode = "aperture" // an aperture in front of it; the gate checks and counts what it forwards
)

// Check holds a mode against what an API is configured with; the error names the field
// of the configuration that is wrong.
func (m Mode) Check(hasGate bool, service string) error {
	switch {
	case m != Off && m != Direct && m != Aperture:
		return fmt.Errorf("Mode: is %q, must be off, direct or aperture", m)
	case (m == Off) == hasGate:
		return fmt.Errorf("Gate: needed unless the mode is off, and only then")
	case m != Off && service == "":
		return fmt.Errorf("Service: needed unless the mode is off")
	}
	return nil
}

// CheckLimits demands that every member of a struct of numbers and durations is above
// zero; the error names the first that is not.
func CheckLimits(limits any) error {
	v := reflect.ValueOf(limits)
	for i := range v.NumField() {
		if v.Field(i).Int() <= 0 {
			return fmt.Errorf("Limits.%s: too small", v.Type().Field(i).Name)
		}
	}
	return nil
}
