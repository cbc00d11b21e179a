package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.InstanceVerbs;
import dev.pgfork.operator.instance.PodHold;
import dev.pgfork.operator.instance.ReplicationNames;
import dev.pgfork.operator.kube.EventPublisher;
import dev.pgfork.operator.kube.KubeWriter;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.NameTakenException;
import dev.pgfork.operator.postgres.PasswordSql;
import dev.pgfork.operator.postgres.ReplicationSql;
import dev.pgfork.operator.postgres.Server;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does what plans ask for, in order, and stops at the first failure. That somebody refuses may be none. */
public final class ActionExecutor {
    private static final Logger log = LoggerFactory.getLogger(ActionExecutor.class);

    /** Its failure is reported at once, so that without a pause it would be called without end. */
    private static final Duration PAUSE_BEFORE_REPETITION = Duration.ofSeconds(1);

    private final KubeWriter writer;
    private final EventPublisher events;
    private final CredentialActions credentials;
    private final InstanceVerbs verbs;
    private final Server server;
    private final BesideWork besideWork;
    private final ActionListener listener;

    public ActionExecutor(
            KubeWriter writer,
            EventPublisher events,
            CredentialActions credentials,
            InstanceVerbs verbs,
            Server server,
            BesideWork besideWork,
            ActionListener listener) {
        this.writer = writer;
        this.events = events;
        this.credentials = credentials;
        this.verbs = verbs;
        this.server = server;
        this.besideWork = besideWork;
        this.listener = listener;
    }

    /**
     * @param persistIntent writes the plan's status
     * @return what was refused, see {@link Refusals}
     * @throws NameTakenException if an object of that name belongs to somebody else
     * @throws ActionFailedException if an action fails otherwise
     */
    public List<ActionFailedException> execute(List<Action> actions, Runnable persistIntent) {
        var refusals = new ArrayList<ActionFailedException>();
        for (var action : actions) {
            log.debug("{}", ActionText.of(action));
            listener.before(action);
            try {
                perform(action, persistIntent);
            } catch (NameTakenException e) {
                listener.failed(action, e);
                throw e;
            } catch (RuntimeException e) {
                listener.failed(action, e);
                var failure = new ActionFailedException(action, e);
                if (!Refusals.isOne(failure)) {
                    throw failure;
                }
                refusals.add(failure);
                continue;
            }
            listener.after(action);
        }
        return List.copyOf(refusals);
    }

    private void perform(Action action, Runnable persistIntent) {
        switch (action) {
            case Action.PersistIntent() -> persistIntent.run();
            case Action.Create(var owner, var object) -> writer.create(owner, object);
            case Action.Apply(var owner, var object) -> writer.apply(owner, object);
            case Action.Delete(var owner, var observed) -> writer.delete(owner, observed);
            case Action.CreateCredentials(var template) -> credentials.create(template);
            case Action.RenewCertificate(var template) -> credentials.renewCertificate(template);
            case Action.PublishBinding(var template) -> credentials.publishBinding(template);
            case Action.ChangePassword change -> changePassword(change);
            case Action.Reload(var template) ->
                verbs.reload(template.owner().namespace(), template.names().pod(), credentials.configuration(template));
            case Action.Restart restart ->
                begin(restart.work(), false, () -> {
                    verbs.restart(restart.owner().namespace(), restart.pod(), restart.start());
                    return true;
                });
            case Action.AttachMember(var member, var primaryPod) ->
                sql(
                        member.owner().namespace(),
                        primaryPod,
                        ReplicationSql.attach(
                                ReplicationNames.GROUP,
                                ReplicationNames.role(member.owner().name()),
                                credentials.replication(member),
                                ReplicationNames.slot(member.owner())));
            case Action.DetachMember(var namespace, var slot, var role, var primaryPod) ->
                sql(namespace, primaryPod, String.join("\n", ReplicationSql.detach(role, slot)));
            case Action.LabelPod(var owner, var pod, var label, var value) -> writer.label(owner, pod, label, value);
            case Action.MarkPod(var owner, var pod, var revision) ->
                writer.annotate(owner, pod, Labels.POD, revision.text());
            case Action.HoldPod(var owner, var pod) -> writer.addFinalizer(owner, pod, PodHold.FINALIZER);
            case Action.ReleasePod(var owner, var pod) -> writer.removeFinalizer(owner, pod, PodHold.FINALIZER);
            case Action.AnnotateVolume(var owner, var volume, var annotation, var value) ->
                writer.annotate(owner, volume, annotation, value);
            case Action.GrowVolume(var owner, var volume, var size) -> writer.grow(owner, volume, size);
            case Action.PrepareCut(var key, var source, var checkpoint) -> {
                forget(key.work(), false);
                besideWork.start(key.work(), new CutPreparer(server, key, source, checkpoint));
            }
            case Action.AwaitOpening(var key, var pod) ->
                besideWork.start(key.work(), new OpeningWatch(verbs, key.owner().namespace(), pod));
            case Action.Sanitize(var key, var pod, var order) -> {
                var again = forget(key.work(), false);
                // A step that has ended may have to be run again, with other SQL: at once.
                forget(key.work(), true);
                besideWork.start(
                        key.work(),
                        again ? PAUSE_BEFORE_REPETITION : Duration.ZERO,
                        new SanitizeRun(verbs, key.owner().namespace(), pod, order));
            }
            case Action.Instruct instruct ->
                begin(instruct.key().work(), instruct.undone(), new Instruction(server, verbs, instruct));
            case Action.PrepareChangeover preparation ->
                besideWork.start(preparation.key().work(), new ChangeoverPreparer(server, verbs, preparation));
            case Action.Announce(var notice) -> events.publish(notice);
        }
    }

    private void changePassword(Action.ChangePassword change) {
        var template = change.template();
        var role = change.role();
        credentials.newPassword(template, role).ifPresent(verifier -> {
            sql(template.owner().namespace(), change.primaryPod(), PasswordSql.change(role.role(template), verifier));
            credentials.publish(template, role);
        });
    }

    /** After a pause if it is begun again. */
    private <R> void begin(BesideWork.Key key, boolean undone, Callable<R> work) {
        var again = forget(key, undone);
        besideWork.start(key, again ? PAUSE_BEFORE_REPETITION : Duration.ZERO, work);
    }

    /** Of roles and slots, which belong to no database: any will do. */
    private void sql(String namespace, String pod, String statements) {
        verbs.sql(namespace, pod, "postgres", statements);
    }

    /**
     * What is asked for again after it has failed is to be done again. What it did when it was done stays, unless that
     * is undone.
     *
     * @return whether it had ended in such a way
     */
    private boolean forget(BesideWork.Key work, boolean undone) {
        var anew = switch (besideWork.progress(work, Object.class).orElseGet(BesideWork.Progress.Running::new)) {
            case BesideWork.Progress.Failed<Object> failed -> true;
            case BesideWork.Progress.Done<Object> done -> undone;
            case BesideWork.Progress.Running<Object> running -> false;
        };
        if (anew) {
            besideWork.forget(work);
        }
        return anew;
    }
}
