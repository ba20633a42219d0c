// Command node is a node of a Kubernetes cluster for tests without containers: it
// registers itself, renews its lease, and runs the pods that the scheduler gives it,
// each as a process in namespaces of its own whose root is the image's folder.
//
//	node -name n1 -kubeconfig FILE -image DIR -run DIR
//
// It knows what apifyctl's manifests need: one container with arguments for the
// image's entry point, variables, volumes that are empty or on a claim with a path of
// the host, a user, a root file system that cannot be written to, and restartPolicy
// Never. Each pod leaves POD.log and, while it runs, POD.pid in the folder of -run.
// It needs root.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == insideArg {
		log.Fatal(inside())
	}
	n := node{cpu: "2"}
	flag.StringVar(&n.name, "name", "", "name of the node")
	flag.StringVar(&n.image, "image", "", "folder that is the root of every container")
	flag.StringVar(&n.run, "run", "", "folder for logs and process IDs")
	flag.StringVar(&n.cpu, "cpu", n.cpu, "processors that it offers")
	kubeconfig := flag.String("kubeconfig", "", "how the API server is reached")
	flag.Parse()

	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		log.Fatal(err)
	}
	if n.client, err = kubernetes.NewForConfig(config); err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := n.serve(ctx); err != nil {
		log.Fatal(err)
	}
}
