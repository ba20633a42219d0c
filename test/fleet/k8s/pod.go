package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/kubernetes/pkg/fieldpath"
	"k8s.io/kubernetes/third_party/forked/golang/expansion"
)

// cannotRun is the exit code of a container that could not be made.
const cannotRun = 128

// runPod runs a pod's container to its end, and tells the API server.
func (n *node) runPod(ctx context.Context, pod *core.Pod) {
	running := core.ContainerStateRunning{StartedAt: meta.Now()}
	n.tell(pod, core.PodRunning, core.ContainerState{Running: &running})
	code, err := n.runContainer(ctx, pod)
	ended := core.ContainerStateTerminated{ExitCode: int32(code), StartedAt: running.StartedAt, FinishedAt: meta.Now(), Reason: "Completed"}
	phase := core.PodSucceeded
	if err != nil {
		ended.Reason, ended.Message = "ContainerCannotRun", err.Error()
	}
	if code != 0 {
		phase = core.PodFailed
	}
	n.tell(pod, phase, core.ContainerState{Terminated: &ended})
	if ctx.Err() != nil {
		n.remove(pod)
	}
}

// tell writes a pod's state until the server has it, or the pod is gone.
func (n *node) tell(pod *core.Pod, phase core.PodPhase, state core.ContainerState) {
	started := phase == core.PodRunning
	status := core.PodStatus{
		Phase:      phase,
		Conditions: []core.PodCondition{{Type: core.PodReady, Status: core.ConditionFalse, LastTransitionTime: meta.Now()}},
		ContainerStatuses: []core.ContainerStatus{{
			Name: pod.Spec.Containers[0].Name, Image: pod.Spec.Containers[0].Image, State: state, Ready: started, Started: &started,
		}},
	}
	if started {
		status.Conditions[0].Status = core.ConditionTrue
		status.StartTime = &state.Running.StartedAt
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": pod.UID}, "status": status})
	if err != nil {
		log.Print(err)
		return
	}
	for range 100 {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		_, err = n.client.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.StrategicMergePatchType, patch, meta.PatchOptions{}, "status")
		cancel()
		if err == nil {
			return
		}
		log.Printf("%s: %v", pod.Name, err)
		if _, err := n.client.CoreV1().Pods(pod.Namespace).Get(context.Background(), pod.Name, meta.GetOptions{}); apierrors.IsNotFound(err) {
			return
		}
		time.Sleep(time.Second)
	}
}

// runContainer runs the first container, and returns its exit code.
func (n *node) runContainer(ctx context.Context, pod *core.Pod) (code int, err error) {
	c, err := n.container(ctx, pod)
	if err != nil {
		return cannotRun, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(c.Scratch)) }()
	spec, err := json.Marshal(c)
	if err != nil {
		return cannotRun, err
	}
	output, err := os.OpenFile(filepath.Join(n.run, pod.Name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return cannotRun, err
	}
	defer output.Close()
	self, err := os.Executable()
	if err != nil {
		return cannotRun, err
	}
	command := exec.CommandContext(ctx, self, insideArg)
	command.Env = []string{insideSpec + "=" + string(spec)}
	command.Stdout, command.Stderr = output, output
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID}
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = time.Duration(*pod.Spec.TerminationGracePeriodSeconds) * time.Second
	if err := command.Start(); err != nil {
		return cannotRun, err
	}
	pid := filepath.Join(n.run, pod.Name+".pid")
	if err := os.WriteFile(pid, fmt.Appendln(nil, command.Process.Pid), 0o644); err != nil {
		return cannotRun, err
	}
	_ = command.Wait() // the state tells
	if err := os.Remove(pid); err != nil {
		return cannotRun, err
	}
	status := command.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return status.ExitStatus(), nil
}

// container gathers what a pod's container is.
func (n *node) container(ctx context.Context, pod *core.Pod) (*container, error) {
	k := pod.Spec.Containers[0]
	variables, err := n.variables(ctx, pod)
	if err != nil {
		return nil, err
	}
	c := &container{Image: n.image, Dir: k.WorkingDir, Args: slices.Concat(k.Command, k.Args)}
	if len(k.Command) == 0 {
		c.Args = slices.Concat([]string{entryPoint}, k.Args)
	}
	for i, arg := range c.Args {
		c.Args[i] = expansion.Expand(arg, expansion.MappingFuncFor(variables))
	}
	for name, value := range variables {
		c.Env = append(c.Env, name+"="+value)
	}
	if pod.Spec.SecurityContext != nil && pod.Spec.SecurityContext.RunAsUser != nil {
		c.User = int(*pod.Spec.SecurityContext.RunAsUser)
	}
	if k.SecurityContext != nil && k.SecurityContext.ReadOnlyRootFilesystem != nil {
		c.ReadOnly = *k.SecurityContext.ReadOnlyRootFilesystem
	}
	if c.Scratch, err = os.MkdirTemp("", "node-"+n.name+"-"); err != nil {
		return nil, err
	}
	for _, mount := range k.VolumeMounts {
		from, err := n.volume(ctx, pod, mount.Name, c)
		if err != nil {
			return nil, errors.Join(err, os.RemoveAll(c.Scratch))
		}
		c.Mounts = append(c.Mounts, bind{from, mount.MountPath})
	}
	return c, nil
}

// variables are those of the image, of secrets, and of the container.
func (n *node) variables(ctx context.Context, pod *core.Pod) (map[string]string, error) {
	k := pod.Spec.Containers[0]
	variables := maps.Clone(imageVariables())
	for _, from := range k.EnvFrom {
		secret, err := n.client.CoreV1().Secrets(pod.Namespace).Get(ctx, from.SecretRef.Name, meta.GetOptions{})
		if err != nil {
			return nil, err
		}
		for name, value := range secret.Data {
			variables[name] = string(value)
		}
	}
	for _, env := range k.Env {
		value := expansion.Expand(env.Value, expansion.MappingFuncFor(variables))
		if from := env.ValueFrom; from != nil {
			if from.FieldRef == nil {
				return nil, fmt.Errorf("variable %s: only fields of the pod are known", env.Name)
			}
			var err error
			if value, err = fieldpath.ExtractFieldPathAsString(pod, from.FieldRef.FieldPath); err != nil {
				return nil, err
			}
		}
		variables[env.Name] = value
	}
	return variables, nil
}

// volume is the folder of the host behind a volume.
func (n *node) volume(ctx context.Context, pod *core.Pod, name string, c *container) (string, error) {
	i := slices.IndexFunc(pod.Spec.Volumes, func(v core.Volume) bool { return v.Name == name })
	if i < 0 {
		return "", fmt.Errorf("no volume %s", name)
	}
	switch v := pod.Spec.Volumes[i]; {
	case v.EmptyDir != nil:
		folder := filepath.Join(c.Scratch, "volumes", name)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return "", err
		}
		return folder, os.Chown(folder, c.User, c.User)
	case v.PersistentVolumeClaim != nil:
		claim, err := n.client.CoreV1().PersistentVolumeClaims(pod.Namespace).Get(ctx, v.PersistentVolumeClaim.ClaimName, meta.GetOptions{})
		if err != nil {
			return "", err
		}
		volume, err := n.client.CoreV1().PersistentVolumes().Get(ctx, claim.Spec.VolumeName, meta.GetOptions{})
		if err != nil {
			return "", err
		}
		if volume.Spec.HostPath == nil {
			return "", fmt.Errorf("volume %s is not on the host", volume.Name)
		}
		return volume.Spec.HostPath.Path, nil
	default:
		return "", fmt.Errorf("volume %s is of a kind that is not known", name)
	}
}
