package dev.pgfork.operator.database;

import dev.pgfork.operator.instance.InstanceDiagnosis;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ForkSafety;
import java.util.List;
import java.util.Optional;

/**
 * What was seen of a database.
 *
 * @param retainedVolumes names of volumes in the namespace that an earlier database of this name left behind
 * @param trouble what keeps the instance from serving, if anything does
 * @param safety whether it can be forked; Absent: it does not serve
 * @param forks number of forks that name this database as their source
 */
public record DatabaseObservation(
        InstanceObservation instance,
        List<String> retainedVolumes,
        Optional<InstanceDiagnosis.Finding> trouble,
        Looked<ForkSafety> safety,
        int forks) {}
