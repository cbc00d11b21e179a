{{/* Name of everything that the release makes: the release's name, with "pgfork" in it. */}}
{{- define "pgfork.name" -}}
{{- if contains "pgfork" .Release.Name -}}
{{- .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-pgfork" .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "pgfork.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "pgfork.name" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* What tells the operator's pods from others; a Deployment's selector can never change. */}}
{{- define "pgfork.selector" -}}
app.kubernetes.io/name: pgfork
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Not app.kubernetes.io/managed-by=pgfork: that is for what the operator makes. */}}
{{- define "pgfork.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "pgfork.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}
