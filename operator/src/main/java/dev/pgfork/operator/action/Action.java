package dev.pgfork.operator.action;

import dev.pgfork.api.v1alpha1.CheckpointPolicy;
import dev.pgfork.operator.instance.ClientRole;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.PodHold;
import dev.pgfork.operator.instance.PodRevision;
import dev.pgfork.operator.instance.ReplicationNames;
import dev.pgfork.operator.instance.SanitizeOrder;
import dev.pgfork.operator.kube.Notice;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ServerAddress;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One thing to do to the world. Plans are lists of these; the executor does them in order and stops at a failure. */
public sealed interface Action {

    /** Writes the plan's status now, because the next action must not happen unless the intent is on record. */
    record PersistIntent() implements Action {}

    /** Makes an object that must not be there yet, or be ours. */
    record Create(Owner owner, HasMetadata object) implements Action {}

    /** Makes an object or brings ours to the desired fields. */
    record Apply(Owner owner, HasMetadata object) implements Action {}

    /** Deletes exactly the object that was observed. */
    record Delete(Owner owner, HasMetadata observed) implements Action {}

    /** Makes what is missing of the Secrets {@code -ca}, {@code -tls} and {@code -roles}. */
    record CreateCredentials(InstanceTemplate template) implements Action {}

    /** Issues a new server certificate into the Secret {@code -tls}. */
    record RenewCertificate(InstanceTemplate template) implements Action {}

    /** Makes the Secret {@code -app} (and {@code -superuser} where it is wanted): clients may come in now. */
    record PublishBinding(InstanceTemplate template) implements Action {}

    /**
     * Gives a role another password, in the Secret {@code -roles} and in the server, and makes the Secret that clients
     * read. Nothing if that is there.
     *
     * @param primaryPod of the instance that accepts writes
     */
    record ChangePassword(InstanceTemplate template, ClientRole role, String primaryPod) implements Action {}

    /** Puts the present configuration and certificate in force in the running server. */
    record Reload(InstanceTemplate template) implements Action {}

    /**
     * Begins, beside the reconcile thread, a restart of the server in a pod; again, if it has failed before. Does
     * nothing if that server has ended already.
     *
     * @param start of the server that is to end, as it calls it itself
     */
    record Restart(Owner owner, String pod, String start) implements Action {
        /** The name of the work beside the reconcile thread. */
        public BesideWork.Key work() {
            return new BesideWork.Key(owner, "Restart", start);
        }
    }

    /**
     * Lets a member stream from the primary: its role with its own password, and its slot, which keeps WAL from now on.
     *
     * @param member whose Secret {@code -roles} has the password; it is made if it is missing
     * @param primaryPod of the instance that accepts writes
     */
    record AttachMember(InstanceTemplate member, String primaryPod) implements Action {}

    /**
     * Takes a slot of pgfork, and the role that belongs to it, from the primary; ends the connection that uses it.
     *
     * @param role {@code null}: it stays, because another member has the name by now
     * @param primaryPod of the instance that accepts writes
     */
    record DetachMember(
            String namespace, String slot, @Nullable String role, String primaryPod) implements Action {

        /** For a member that leaves, or whose slot is to be made anew. */
        public static DetachMember of(Owner member, String primaryPod) {
            return new DetachMember(
                    member.namespace(),
                    ReplicationNames.slot(member),
                    ReplicationNames.role(member.name()),
                    primaryPod);
        }
    }

    /**
     * Sets a label on a running pod; the template of its StatefulSet is for the next one.
     *
     * @param observed the very pod
     * @param value {@code null}: takes the label away
     */
    record LabelPod(
            Owner owner,
            Pod observed,
            String label,
            @Nullable String value) implements Action {}

    /**
     * Says of a running pod which version of image, resources and pod settings it has, where an earlier pgfork did not.
     *
     * @param observed the very pod
     */
    record MarkPod(Owner owner, Pod observed, PodRevision revision) implements Action {}

    /** Keeps a pod that is about to be stopped until {@link ReleasePod}, see {@link PodHold}. */
    record HoldPod(Owner owner, Pod observed) implements Action {}

    /** Lets a pod go that was held. */
    record ReleasePod(Owner owner, Pod observed) implements Action {}

    /**
     * Sets an annotation on a volume, whose other fields stay as they are.
     *
     * @param observed the very claim
     * @param value {@code null}: takes it away
     */
    record AnnotateVolume(
            Owner owner,
            PersistentVolumeClaim observed,
            String annotation,
            @Nullable String value) implements Action {}

    /**
     * Asks the storage for a larger volume.
     *
     * @param observed the very claim, which asks for less
     */
    record GrowVolume(Owner owner, PersistentVolumeClaim observed, Quantity size) implements Action {}

    /** Begins, beside the reconcile thread, the work on the source that comes before a cut. */
    record PrepareCut(CutKey key, ServerAddress source, CheckpointPolicy checkpoint) implements Action {}

    /** Begins to wait, beside the reconcile thread, for the script to open the instance or to fail. */
    record AwaitOpening(OpeningKey key, String pod) implements Action {}

    /**
     * Begins, beside the reconcile thread, a sanitize step, and waits until the instance needs another one, or opens,
     * or fails; again, if it has ended before.
     */
    record Sanitize(SanitizeKey key, String pod, SanitizeOrder order) implements Action {}

    /**
     * Begins a verb of a changeover beside the reconcile thread; again, if it has failed before.
     *
     * @param undone what it did before is seen to hold no more: it is done again, too
     */
    record Instruct(VerbKey key, String pod, Verb verb, boolean undone) implements Action {
        public Instruct(VerbKey key, String pod, Verb verb) {
            this(key, pod, verb, false);
        }
    }

    /**
     * Begins, beside the reconcile thread, what makes a changeover quick: a CHECKPOINT on the primary, and slots on the
     * target for all that will follow it.
     *
     * @param slots names of the slots; those that are there already stay as they are
     */
    record PrepareChangeover(PreparationKey key, ServerAddress primary, String targetPod, List<String> slots)
            implements Action {
        public PrepareChangeover {
            slots = List.copyOf(slots);
        }
    }

    /** Publishes an event. */
    record Announce(Notice notice) implements Action {}

    /**
     * Which cut of which copy.
     *
     * @param detail tells it from all others of that copy
     */
    record CutKey(Owner copy, String detail) {
        public CutKey(Owner copy, int generation, int attempt) {
            this(copy, generation + "." + attempt);
        }

        /** The name of the work beside the reconcile thread. */
        public BesideWork.Key work() {
            return new BesideWork.Key(copy, "PrepareCut", detail);
        }
    }

    /** A verb that changes the role of an instance. */
    sealed interface Verb {
        /**
         * Its result is a {@link dev.pgfork.operator.instance.FenceProof}.
         *
         * @param handover empty: the server does not serve any more, and is fenced at once
         */
        record Fence(Optional<Handover> handover) implements Verb {}

        /** Its result is {@code true}. */
        record Unfence() implements Verb {}

        /** Its result is the new timeline. */
        record Promote() implements Verb {}

        /**
         * Its result is {@code true}.
         *
         * @param host to stream from
         */
        record Follow(String host) implements Verb {}
    }

    /**
     * Who hands over to whom.
     *
     * @param target to be promoted once the primary is fenced
     */
    record Handover(ServerAddress primary, ServerAddress target, String targetPod) {}

    /**
     * Which verb of which changeover.
     *
     * @param database whose reconciler calls it
     * @param member name of the instance
     */
    record VerbKey(Owner database, String member, long epoch, Class<? extends Verb> verb) {
        /** The name of the work beside the reconcile thread. */
        public BesideWork.Key work() {
            return new BesideWork.Key(database, verb.getSimpleName(), member + " " + epoch);
        }
    }

    /**
     * Which preparation of which changeover.
     *
     * @param since when its step began
     */
    record PreparationKey(Owner database, long epoch, String since) {
        /** The name of the work beside the reconcile thread. */
        public BesideWork.Key work() {
            return new BesideWork.Key(database, "PrepareChangeover", epoch + " " + since);
        }
    }

    /**
     * Which sanitize step in which pod.
     *
     * @param step from 1
     */
    record SanitizeKey(Owner owner, String podUid, int step) {
        /** The name of the work beside the reconcile thread. */
        public BesideWork.Key work() {
            return new BesideWork.Key(owner, "Sanitize", podUid + " " + step);
        }
    }

    /** Which pod of which resource. */
    record OpeningKey(Owner owner, String podUid) {
        /** The name of the work beside the reconcile thread. */
        public BesideWork.Key work() {
            return new BesideWork.Key(owner, "AwaitOpening", podUid);
        }
    }
}
