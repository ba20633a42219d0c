package main

import (
	"context"
	"log"
	"sync"
	"time"

	coordination "k8s.io/api/coordination/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

const (
	leaseSeconds = 8
	renewEvery   = 2 * time.Second
)

type node struct {
	name, image, run, cpu string

	client kubernetes.Interface
	mu     sync.Mutex
	pods   map[types.UID]context.CancelFunc // of those that run
	group  sync.WaitGroup
}

// serve registers the node and runs pods until ctx ends.
func (n *node) serve(ctx context.Context) error {
	n.pods = map[types.UID]context.CancelFunc{}
	if err := n.register(ctx); err != nil {
		return err
	}
	lease, err := n.lease(ctx)
	if err != nil {
		return err
	}
	mine := informers.WithTweakListOptions(func(o *meta.ListOptions) {
		o.FieldSelector = fields.OneTermEqualSelector("spec.nodeName", n.name).String()
	})
	factory := informers.NewSharedInformerFactoryWithOptions(n.client, 0, mine)
	_, err = factory.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { n.sync(ctx, o.(*core.Pod)) },
		UpdateFunc: func(_, o any) { n.sync(ctx, o.(*core.Pod)) },
		DeleteFunc: func(o any) {
			if pod, ok := o.(*core.Pod); ok {
				n.stop(pod)
			}
		},
	})
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	n.renew(ctx, lease)
	factory.Shutdown()
	n.group.Wait()
	return nil
}

// register makes the node known, with what it offers.
func (n *node) register(ctx context.Context) error {
	nodes := n.client.CoreV1().Nodes()
	object := &core.Node{ObjectMeta: meta.ObjectMeta{Name: n.name, Labels: map[string]string{core.LabelHostname: n.name}}}
	object, err := nodes.Create(ctx, object, meta.CreateOptions{})
	if err != nil {
		return err
	}
	object.Status.Capacity = core.ResourceList{
		core.ResourceCPU:    resource.MustParse(n.cpu),
		core.ResourceMemory: resource.MustParse("8Gi"),
		core.ResourcePods:   resource.MustParse("20"),
	}
	object.Status.Allocatable = object.Status.Capacity
	now := meta.Now()
	object.Status.Conditions = []core.NodeCondition{{
		Type: core.NodeReady, Status: core.ConditionTrue, Reason: "Ready", LastHeartbeatTime: now, LastTransitionTime: now,
	}}
	_, err = nodes.UpdateStatus(ctx, object, meta.UpdateOptions{})
	return err
}

// lease is what tells that the node is alive.
func (n *node) lease(ctx context.Context) (*coordination.Lease, error) {
	return n.client.CoordinationV1().Leases(core.NamespaceNodeLease).Create(ctx, &coordination.Lease{
		ObjectMeta: meta.ObjectMeta{Name: n.name},
		Spec:       coordination.LeaseSpec{HolderIdentity: &n.name, LeaseDurationSeconds: new(int32(leaseSeconds)), RenewTime: new(meta.NowMicro())},
	}, meta.CreateOptions{})
}

func (n *node) renew(ctx context.Context, lease *coordination.Lease) {
	leases := n.client.CoordinationV1().Leases(core.NamespaceNodeLease)
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		lease.Spec.RenewTime = new(meta.NowMicro())
		if renewed, err := leases.Update(ctx, lease, meta.UpdateOptions{}); err != nil {
			log.Print(err)
		} else {
			lease = renewed
		}
	}
}

// sync does what a pod's state asks for.
func (n *node) sync(ctx context.Context, pod *core.Pod) {
	if pod.DeletionTimestamp != nil {
		if !n.stop(pod) {
			go n.remove(pod) // it never ran here, or has ended
		}
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, known := n.pods[pod.UID]; known || pod.Status.Phase != core.PodPending {
		return
	}
	ctx, n.pods[pod.UID] = context.WithCancel(ctx)
	n.group.Go(func() {
		n.runPod(ctx, pod)
		n.mu.Lock()
		defer n.mu.Unlock()
		n.pods[pod.UID] = nil // it does not run again
	})
}

// stop ends a pod that runs, and reports whether it did run.
func (n *node) stop(pod *core.Pod) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	cancel := n.pods[pod.UID]
	if cancel != nil {
		cancel()
	}
	return cancel != nil
}

// remove confirms that a pod that is to go has no process any more.
func (n *node) remove(pod *core.Pod) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	options := meta.DeleteOptions{GracePeriodSeconds: new(int64(0)), Preconditions: meta.NewUIDPreconditions(string(pod.UID))}
	_ = n.client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, options) // it is asked for again where it fails
}
