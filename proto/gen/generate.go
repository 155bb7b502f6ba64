package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/pluginpb"
)

// plugins are the protoc plug-ins, as packages of modules in go.mod.
var plugins = []string{
	"google.golang.org/protobuf/cmd/protoc-gen-go",
	"google.golang.org/grpc/cmd/protoc-gen-go-grpc",
}

// file is one generated file; its path is relative to the folder of .proto
// files.
type file struct {
	path string
	text []byte
}

// protoRoot finds the folder that import paths in .proto files are relative
// to.
func protoRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/econd/econd").Output()
	if err != nil {
		return "", fmt.Errorf("find the module's folder: %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "proto"), nil
}

// generate compiles every .proto file below root and runs the plug-ins.
func generate(ctx context.Context, root string) ([]file, error) {
	names, err := find(root, ".proto")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no .proto file below %s", root)
	}
	request, err := compile(ctx, root, names)
	if err != nil {
		return nil, err
	}
	var files []file
	for _, plugin := range plugins {
		made, err := runPlugin(ctx, root, plugin, request)
		if err != nil {
			return nil, err
		}
		files = append(files, made...)
	}
	return files, nil
}

// compile makes the request that protoc would send to its plug-ins.
func compile(ctx context.Context, root string, names []string) ([]byte, error) {
	compiler := protocompile.Compiler{
		Resolver:       protocompile.WithStandardImports(&protocompile.SourceResolver{ImportPaths: []string{root}}),
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	compiled, err := compiler.Compile(ctx, names...)
	if err != nil {
		return nil, err
	}
	request := &pluginpb.CodeGeneratorRequest{FileToGenerate: names, Parameter: proto.String("paths=source_relative")}
	seen := map[string]bool{}
	for _, f := range compiled {
		addFile(request, seen, f)
	}
	return proto.MarshalOptions{Deterministic: true}.Marshal(request)
}

// addFile adds a file after everything that it imports, as plug-ins ask for.
func addFile(request *pluginpb.CodeGeneratorRequest, seen map[string]bool, f protoreflect.FileDescriptor) {
	if seen[f.Path()] {
		return
	}
	seen[f.Path()] = true
	for i := range f.Imports().Len() {
		addFile(request, seen, f.Imports().Get(i).FileDescriptor)
	}
	request.ProtoFile = append(request.ProtoFile, protoutil.ProtoFromFileDescriptor(f))
}

func runPlugin(ctx context.Context, dir, plugin string, request []byte) ([]file, error) {
	cmd := exec.CommandContext(ctx, "go", "run", plugin)
	cmd.Dir = dir
	cmd.Stdin = bytes.NewReader(request)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", plugin, err, stderr.Bytes())
	}
	var response pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(out, &response); err != nil {
		return nil, fmt.Errorf("%s: answer: %w", plugin, err)
	}
	if response.Error != nil {
		return nil, fmt.Errorf("%s: %s", plugin, response.GetError())
	}
	var files []file
	for _, f := range response.File {
		files = append(files, file{f.GetName(), []byte(f.GetContent())})
	}
	return files, nil
}

func write(root string, files []file) error {
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(f.path)), f.text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// compare holds the generated files against those on disk, which must be the
// same ones.
func compare(root string, files []file) error {
	var wrong []error
	known := map[string]bool{}
	for _, f := range files {
		known[f.path] = true
		have, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.path)))
		switch {
		case err != nil:
			wrong = append(wrong, err)
		case !bytes.Equal(have, f.text):
			wrong = append(wrong, fmt.Errorf("%s is not what its .proto file generates", f.path))
		}
	}
	have, err := find(root, ".pb.go")
	if err != nil {
		return err
	}
	for _, name := range have {
		if !known[name] {
			wrong = append(wrong, fmt.Errorf("%s is generated from no .proto file", name))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("run `go run ./proto/gen`: %w", errors.Join(wrong...))
	}
	return nil
}

// find lists the files below root with a suffix, relative to root, sorted.
func find(root, suffix string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, suffix) {
			return err
		}
		rel, err := filepath.Rel(root, path)
		names = append(names, filepath.ToSlash(rel))
		return err
	})
	return names, err
}
