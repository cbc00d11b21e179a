package dev.pgfork.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;

/** The borders inside of the plugin. */
@AnalyzeClasses(packages = "dev.pgfork.cli", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule only_cluster_reaches_the_cluster = noClasses()
            .that()
            .resideOutsideOfPackage("..cli.cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.fabric8.kubernetes.client.dsl..")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("io.fabric8.kubernetes.client.KubernetesClient")
            .because("what is read and written is seen in one place, and verbs are tested without a cluster");

    @ArchTest
    static final ArchRule only_local_reaches_this_machine = noClasses()
            .that()
            .resideOutsideOfPackages("..cli.local..")
            .and()
            .doNotHaveFullyQualifiedName("dev.pgfork.cli.Main")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(ProcessBuilder.class)
            .because("verbs are tested without a terminal");

    @ArchTest
    static final ArchRule what_is_told_is_decided_without_looking = noClasses()
            .that()
            .resideInAnyPackage("..cli.resource..", "..cli.output..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("..cli.cluster..", "..cli.local..", "..cli.command..", "java.nio.file..");

    @ArchTest
    static final ArchRule resources_know_no_output = noClasses()
            .that()
            .resideInAPackage("..cli.resource..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..cli.output..");

    @ArchTest
    static final ArchRule time_is_handed_in = noClasses()
            .should()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis");

    @ArchTest
    static final ArchRule packages_have_no_cycles =
            slices().matching("dev.pgfork.cli.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule static_state_is_constant =
            fields().that().areStatic().should().beFinal();
}
