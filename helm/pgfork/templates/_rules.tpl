{{/*
What the operator may do in the namespaces that it serves. RbacTest compares this with what it calls: no verb is
missing, none is left over.
*/}}
{{- define "pgfork.namespacedRules" -}}
- apiGroups: [pgfork.dev]
  resources: [postgresdatabases, postgresforks]
  verbs: [get, list, watch, patch, update]    # patch and update: finalizers
- apiGroups: [pgfork.dev]
  resources: [postgresdatabases/status, postgresforks/status]
  verbs: [patch, update]
- apiGroups: [""]
  resources: [services, secrets, configmaps, persistentvolumeclaims]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [apps]
  resources: [statefulsets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [pods/exec]
  verbs: [get, create]    # get: over WebSocket; create: what API servers from 1.35 on ask for instead
- apiGroups: [snapshot.storage.k8s.io]
  resources: [volumesnapshots]
  verbs: [get, list, watch, create, delete]
- apiGroups: [""]
  resources: [events]
  verbs: [create, patch]
{{- end -}}

{{/* What belongs to no namespace: only ever read. */}}
{{- define "pgfork.clusterRules" -}}
- apiGroups: [""]
  resources: [persistentvolumes]
  verbs: [get, list, watch]
- apiGroups: [storage.k8s.io]
  resources: [storageclasses]
  verbs: [get, list, watch]
- apiGroups: [snapshot.storage.k8s.io]
  resources: [volumesnapshotclasses, volumesnapshotcontents]
  verbs: [get, list, watch]
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  verbs: [get]    # whether the cluster has snapshots at all
{{- end -}}
