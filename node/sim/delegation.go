package sim

import "github.com/econd/econd/node/op"

// publish makes an agent's statement, if its population publishes any.
func (r *run) publish(a *agent, p *Population) error {
	if !p.Statement {
		return nil
	}
	_, _, err := r.operate(a, op.KindStatement, op.Statement{Text: "I vote on everything, and for what serves the economy."})
	return err
}

// speakers lists whom one may delegate to, with their scores now: those who
// publish a statement, and if nobody does everybody who votes.
func (r *run) speakers() []seller {
	var stated, all []seller
	for i, group := range r.groups {
		p := &r.sc.Populations[i]
		if p.Kind == seeking {
			continue
		}
		for _, a := range group {
			x := seller{agent: a, quality: uint64(r.agentView(a).Score)}
			all = append(all, x)
			if p.Statement {
				stated = append(stated, x)
			}
		}
	}
	if len(stated) > 0 {
		return stated
	}
	return all
}

// seeking is the kind that votes through others.
const seeking = "delegate-seeking"

// delegate lets every agent that seeks a delegate look at a few random ones. By
// reputation, it moves to the one with most of it, if that has more than its
// present one; by statement, it takes one and stays.
func (r *run) delegate() error {
	var offers []seller
	for i, group := range r.groups {
		if r.sc.Populations[i].Kind != seeking {
			continue
		}
		if offers == nil {
			offers = r.speakers()
		}
		if len(offers) == 0 {
			return nil
		}
		for _, a := range group {
			now, rng := r.speaker[a.index], r.stream(a.index, "delegate")
			if now != nil && r.sc.Populations[i].Seeks == "statement" {
				continue
			}
			best, ok := offers[rng.IntN(len(offers))], true
			if r.sc.Populations[i].Seeks == "reputation" {
				best, ok = r.choose(rng, a, offers)
			}
			if !ok || now != nil && uint64(r.agentView(now).Score) >= best.quality {
				continue
			}
			_, ok, err := r.operate(a, op.KindDelegate, op.Delegate{To: best.key.Public()})
			if err != nil {
				return err
			}
			if ok {
				r.speaker[a.index] = best.agent
			}
		}
	}
	return nil
}

// countCaptured measures how many chose an attacker.
func (r *run) countCaptured() {
	x := r.sc.Attack
	if x == nil || len(r.speaker) == 0 {
		return
	}
	var captured uint64
	for _, to := range r.speaker {
		if r.sc.Populations[to.population].Name == x.Population {
			captured++
		}
	}
	r.row.CapturedPpm = share(captured, uint64(len(r.speaker)))
}
