package dev.pgfork.operator.action;

import io.fabric8.kubernetes.api.model.HasMetadata;

/** Actions in words that fit behind "cannot". */
final class ActionText {

    private ActionText() {}

    static String of(Action action) {
        return switch (action) {
            case Action.PersistIntent() -> "write the status";
            case Action.Create(var owner, var object) -> "create " + name(object);
            case Action.Apply(var owner, var object) -> "apply " + name(object);
            case Action.Delete(var owner, var object) -> "delete " + name(object);
            case Action.CreateCredentials(var template) ->
                "make the internal Secrets of " + template.owner().name();
            case Action.RenewCertificate(var template) ->
                "renew the certificate in Secret " + template.names().tlsSecret();
            case Action.PublishBinding(var template) ->
                "publish Secret " + template.names().appSecret();
            case Action.ChangePassword(var template, var role, var primaryPod) ->
                "change the password of role " + role.role(template) + " in pod " + primaryPod;
            case Action.Reload(var template) ->
                "reload the configuration in pod " + template.names().pod();
            case Action.Restart(var owner, var pod, var start) -> "restart the server in pod " + pod;
            case Action.AttachMember(var member, var primaryPod) ->
                "let " + member.owner().name() + " stream from pod " + primaryPod;
            case Action.DetachMember(var namespace, var slot, var role, var primaryPod) ->
                "take replication slot " + slot + " from pod " + primaryPod;
            case Action.LabelPod(var owner, var pod, var label, var value) -> "label " + name(pod);
            case Action.MarkPod(var owner, var pod, var revision) -> "mark " + name(pod);
            case Action.HoldPod(var owner, var pod) -> "hold " + name(pod);
            case Action.ReleasePod(var owner, var pod) -> "release " + name(pod);
            case Action.AnnotateVolume(var owner, var volume, var annotation, var value) -> "annotate " + name(volume);
            case Action.GrowVolume(var owner, var volume, var size) -> "grow " + name(volume) + " to " + size;
            case Action.PrepareCut(var key, var source, var checkpoint) -> "prepare the cut of " + source;
            case Action.AwaitOpening(var key, var pod) -> "wait for pod " + pod;
            case Action.Sanitize(var key, var pod, var order) -> "run sanitize step " + key.step() + " in pod " + pod;
            case Action.Instruct(var key, var pod, var verb, var undone) ->
                "call " + key.verb().getSimpleName() + " in pod " + pod;
            case Action.PrepareChangeover(var key, var primary, var target, var slots) ->
                "prepare the changeover to pod " + target;
            case Action.Announce(var notice) -> "publish the event " + notice.reason();
        };
    }

    private static String name(HasMetadata object) {
        return object.getKind() + " " + object.getMetadata().getName();
    }
}
