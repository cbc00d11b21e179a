{{/*
What the operator may do in the namespaces that it serves. RbacTest compares this with what it calls: no verb is
missing, none is left over.
*/}}
{{- define "pgfork.namespacedRules" -}}
- apiGroups: [pgfork.dev]
  resources: [postgresdatabases, postgresfollowers, postgresforks]
  verbs: [get, list, watch, patch]    # patch: finalizers, and the masked copy of a database
{{- if .Values.forksAcrossNamespaces }}
- apiGroups: [pgfork.dev]
  resources: [postgresforks]
  verbs: [create, delete]    # the masked copy of a database
{{- end }}
- apiGroups: [pgfork.dev]
  resources: [postgresdatabases/status, postgresfollowers/status, postgresforks/status]
  verbs: [patch]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch, create, delete]
- apiGroups: [""]
  resources: [services, secrets, persistentvolumeclaims]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [apps]
  resources: [statefulsets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, create, patch, delete]    # get: the client looks at a pod's containers before it execs; create: an image is tried before an instance gets it; patch: who serves reads, and the finalizer of a pod that a failover stops; delete: a pod gets another image or other resources, an unfollowed follower starts anew
- apiGroups: [""]
  resources: [pods/exec]
  verbs: [get, create]    # get: over WebSocket; create: what API servers from 1.35 on ask for instead
- apiGroups: [snapshot.storage.k8s.io]
  resources: [volumesnapshots]
  verbs: [get, list, watch, create, delete]
- apiGroups: [""]
  resources: [events]
  verbs: [get, list, create, patch]    # list: what Kubernetes says of a pod or a volume that is late
{{- end -}}

{{/* What belongs to no namespace: only read, but for what hands a snapshot over to another namespace. */}}
{{- define "pgfork.clusterRules" -}}
- apiGroups: [""]
  resources: [persistentvolumes]
  verbs: [get]
- apiGroups: [""]
  resources: [nodes]
  verbs: [get]    # what a failover believes of a pod that has ended depends on its Node
- apiGroups: [storage.k8s.io]
  resources: [storageclasses]
  verbs: [get]
- apiGroups: [snapshot.storage.k8s.io]
  resources: [volumesnapshotclasses]
  verbs: [list]
- apiGroups: [snapshot.storage.k8s.io]
  resources: [volumesnapshotcontents]
  verbs: [get, list, watch]
{{- if .Values.forksAcrossNamespaces }}
- apiGroups: [snapshot.storage.k8s.io]
  resources: [volumesnapshotcontents]
  verbs: [create, delete]    # a snapshot that a fork in another namespace is made of
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get]    # labels, for forks.namespaces.selector
{{- end }}
{{- end -}}
