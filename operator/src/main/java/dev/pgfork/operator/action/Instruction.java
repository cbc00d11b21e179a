package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.InstanceVerbs;
import dev.pgfork.operator.postgres.Server;
import java.util.concurrent.Callable;

/** Calls one verb. Which class its result is of, {@link Action.Verb} says. */
record Instruction(Server server, InstanceVerbs verbs, Action.Instruct instruct) implements Callable<Object> {

    @Override
    public Object call() {
        var namespace = instruct.key().database().namespace();
        var pod = instruct.pod();
        var epoch = instruct.key().epoch();
        return switch (instruct.verb()) {
            case Action.Verb.Fence(var handover) -> {
                handover.ifPresent(to -> new LastPreparations(server, verbs, namespace, pod, to).run());
                yield verbs.fence(namespace, pod, epoch);
            }
            case Action.Verb.Unfence() -> {
                verbs.unfence(namespace, pod, epoch);
                yield true;
            }
            case Action.Verb.Promote() -> verbs.promote(namespace, pod, epoch);
            case Action.Verb.Follow(var host) -> {
                verbs.follow(namespace, pod, epoch, host);
                yield true;
            }
        };
    }
}
