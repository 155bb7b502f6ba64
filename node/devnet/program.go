package devnet

import (
	"context"
	"fmt"
	"path/filepath"
)

// ProgramConfig describes a program that runs on top of the network, such as
// econd itself.
type ProgramConfig struct {
	Name string // for messages and the log's name
	Path string // executable
	Args []string

	// Ready is asked again and again until it returns nil.
	Ready func(context.Context) error
}

// Program is a running program. It ends with the network.
type Program struct {
	LogPath string // its stdout and stderr
	proc    *process
}

// StartProgram runs a program and waits until it is ready. Its life is bound to
// this process as the daemons' are; its HOME is an empty directory.
func (n *Net) StartProgram(ctx context.Context, cfg ProgramConfig) (*Program, error) {
	home, err := mkdir(n.Dir, "home-"+cfg.Name)
	if err != nil {
		return nil, err
	}
	p := &Program{LogPath: filepath.Join(n.Dir, cfg.Name+".log")}
	p.proc, err = startProcess(spec{name: cfg.Name, path: cfg.Path, args: cfg.Args, home: home, log: p.LogPath})
	if err != nil {
		return nil, err
	}
	n.onClose(func() { _ = p.Stop(context.Background()) })
	if err := p.proc.await(ctx, "it is ready", cfg.Ready); err != nil {
		p.proc.kill()
		return nil, fmt.Errorf("%w; see %s", err, p.LogPath)
	}
	return p, nil
}

// Stop asks the program to end and waits until it is gone.
func (p *Program) Stop(ctx context.Context) error { return p.proc.stop(ctx) }

// Kill ends the program at once with SIGKILL, as a power failure would.
func (p *Program) Kill() { p.proc.kill() }

// Exited returns an error if the program ended although nobody asked it to.
func (p *Program) Exited() error { return p.proc.exited() }
