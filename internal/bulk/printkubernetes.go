package bulk

import (
	"fmt"
	"strings"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// mostTries is how often a shard is tried again on Kubernetes.
const mostTries = 4

// lostNode is what a podFailurePolicy entails: its Job replaces a pod only when that
// has ended, which a node that is gone cannot say.
const lostNode = `# Pods of a node that is lost are replaced when the cluster drops the node, as clouds
# do, or when you say that it is gone:
#
#   kubectl taint node NAME node.kubernetes.io/out-of-service=nodeshutdown:NoExecute
`

// kubernetes is an Indexed Job for the shards, and one that commits as soon as all
// receipts are there: the first may never say Complete, when a node is lost with its
// pods.
func kubernetes(w Work) string {
	var out strings.Builder
	fmt.Fprintf(&out, `# Job %s: %d shards, an Indexed Job of Kubernetes.
#
#   kubectl create secret generic apifyctl --from-literal=APIFY_TOKEN=…
#   kubectl apply -f this-file
#
# The secret apifyctl holds APIFY_TOKEN, and what the store needs, such as
# AWS_ACCESS_KEY_ID; where pods have an identity, a serviceAccountName does.
`, w.Job[:12], w.Shards)
	volume := "emptyDir: {}"
	if !object.Is(w.Plan) || !object.Is(w.To) {
		volume = "persistentVolumeClaim: {claimName: apifyctl}"
		out.WriteString("# Paths are those in a volume that all nodes can write to (ReadWriteMany), /data.\n")
	}
	out.WriteString(exitCodes)
	out.WriteString(lostNode)
	out.WriteString(kubernetesJob{
		name: "apifyctl-" + w.Job[:12], image: image(w.Version), volume: volume, memory: "512Mi",
		how: fmt.Sprintf(`  completionMode: Indexed
  completions: %d
  parallelism: %d
  backoffLimitPerIndex: %d
  maxFailedIndexes: %d
  podFailurePolicy:
    rules:
      - action: FailIndex
        onExitCodes: {containerName: apifyctl, operator: In, values: [2, 4]}
      - action: Ignore
        onPodConditions: [{type: DisruptionTarget, status: "True"}]
`, w.Shards, min(w.Shards, 8), mostTries, w.Shards),
		args: []string{"datasets", "export", "--plan", w.Plan, "--shard", "auto", "--output", w.To, "--no-progress"},
	}.text())
	out.WriteString("---\n# It ends with 5 until all receipts are there, and is tried again after at most 6 minutes.\n")
	out.WriteString(kubernetesJob{
		name: "apifyctl-" + w.Job[:12] + "-commit", image: image(w.Version), volume: volume, memory: "256Mi",
		how: `  backoffLimit: 1000
  podFailurePolicy:
    rules:
      - action: FailJob
        onExitCodes: {containerName: apifyctl, operator: In, values: [2, 4]}
      - action: Ignore
        onPodConditions: [{type: DisruptionTarget, status: "True"}]
`,
		args: []string{"commit", "--plan", w.Plan},
	}.text())
	return out.String()
}

// image is that of a release; of a build by hand the latest.
func image(version string) string {
	const name = "ghcr.io/apifyctl/apifyctl:"
	if version == "" || strings.ContainsFunc(version, func(r rune) bool { return (r < '0' || r > '9') && r != '.' }) {
		return name + "latest"
	}
	return name + version
}

type kubernetesJob struct {
	name, image, volume, memory string
	how                         string // what the Job's spec holds beside the template
	args                        []string
}

func (j kubernetesJob) text() string {
	args := make([]string, len(j.args))
	for i, arg := range j.args {
		args[i] = yaml(strings.ReplaceAll(arg, "$(", "$$(")) // Kubernetes puts variables in for $(NAME)
	}
	return fmt.Sprintf(`apiVersion: batch/v1
kind: Job
metadata:
  name: %s
spec:
%s  template:
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, runAsUser: 65532, fsGroup: 65532, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: apifyctl
          image: %s
          args: [%s]
          workingDir: /data
          env: [{name: TMPDIR, value: /tmp}]
          envFrom: [{secretRef: {name: apifyctl}}]
          resources:
            requests: {cpu: 500m, memory: %s}
            limits: {memory: %s}
          securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
          volumeMounts: [{name: data, mountPath: /data}, {name: tmp, mountPath: /tmp}]
      volumes: [{name: data, %s}, {name: tmp, emptyDir: {}}]
`, j.name, j.how, j.image, strings.Join(args, ", "), j.memory, j.memory, j.volume)
}
