package dev.pgfork.operator.action;

import dev.pgfork.operator.kube.Notice;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;

/** Actions as short texts, so that a test reads like the plan. */
public final class ActionNames {
    private ActionNames() {}

    public static List<String> of(Plan<?> plan) {
        return plan.actions().stream().map(ActionNames::of).toList();
    }

    private static String of(Action action) {
        return switch (action) {
            case Action.PersistIntent intent -> "PersistIntent";
            case Action.Create create -> "Create " + name(create.object());
            case Action.Apply apply -> "Apply " + name(apply.object());
            case Action.Delete delete -> "Delete " + name(delete.observed());
            case Action.CreateCredentials credentials -> "CreateCredentials";
            case Action.RenewCertificate renewal -> "RenewCertificate";
            case Action.PublishBinding binding -> "PublishBinding";
            case Action.ChangePassword change -> "ChangePassword " + change.role() + " in " + change.primaryPod();
            case Action.Reload reload -> "Reload";
            case Action.Restart restart -> "Restart " + restart.pod() + " " + restart.start();
            case Action.AttachMember attachment ->
                "AttachMember " + attachment.member().owner().name() + " to " + attachment.primaryPod();
            case Action.DetachMember detachment ->
                "DetachMember " + detachment.slot() + " from " + detachment.primaryPod();
            case Action.LabelPod label -> "LabelPod " + name(label.observed()) + " " + label.value();
            case Action.MarkPod mark -> "MarkPod " + name(mark.observed());
            case Action.HoldPod hold -> "HoldPod " + name(hold.observed());
            case Action.ReleasePod release -> "ReleasePod " + name(release.observed());
            case Action.AnnotateVolume annotation ->
                "AnnotateVolume " + name(annotation.observed()) + " " + annotation.value();
            case Action.GrowVolume growth -> "GrowVolume " + name(growth.observed()) + " " + growth.size();
            case Action.PrepareCut cut -> "PrepareCut " + cut.key().detail();
            case Action.AwaitOpening opening -> "AwaitOpening " + opening.pod();
            case Action.Sanitize sanitize ->
                "Sanitize " + sanitize.order().step() + " in " + sanitize.pod() + " of "
                        + sanitize.order().database();
            case Action.Instruct instruct ->
                instruct.key().verb().getSimpleName() + " " + instruct.key().member() + " "
                        + instruct.key().epoch();
            case Action.PrepareChangeover preparation -> "PrepareChangeover " + preparation.targetPod();
            case Action.Announce(Notice notice) ->
                notice.type() + " " + notice.reason() + " on " + notice.about().kind();
        };
    }

    private static String name(HasMetadata object) {
        var name = object.getMetadata().getName();
        return object.getKind() + " " + name.replaceFirst("-[0-9a-f]{10}$", "-HASH");
    }
}
