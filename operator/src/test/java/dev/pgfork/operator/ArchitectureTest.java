package dev.pgfork.operator;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;

/** The borders that docs/architecture.md draws. Each rule says why it is there: read that before changing one. */
@AnalyzeClasses(packages = "dev.pgfork", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String[] FEATURES = {
        "dev.pgfork.operator.database..", "dev.pgfork.operator.fork..", "dev.pgfork.operator.follower.."
    };

    /** Classes that decide or describe, and never look at or touch the world. */
    private static final DescribedPredicate<JavaClass> PURE = nameMatching(
                    ".*(Planner|Plan|Resources|Observation|Diagnosis)(\\$.*)?")
            .forSubtype();

    private static final DescribedPredicate<JavaCall<?>> A_WRITE_TO_THE_API = target(
                    owner(resideInAPackage("io.fabric8.kubernetes.client..")))
            .and(target(
                    nameMatching("create.*|update.*|patch.*|edit.*|replace.*|delete.*|serverSideApply|forceConflicts")))
            .as("a write to the Kubernetes API")
            .forSubtype();

    @ArchTest
    static final ArchRule the_api_holds_data_and_no_logic = noClasses()
            .that()
            .resideInAPackage("dev.pgfork.api..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "java.sql..", "io.fabric8.kubernetes.client.dsl..", "io.javaoperatorsdk..", "org.slf4j..")
            .because("it is generated into CRDs and used by other programs");

    @ArchTest
    static final ArchRule postgres_knows_no_kubernetes = noClasses()
            .that()
            .resideInAPackage("..operator.postgres..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.fabric8..", "io.javaoperatorsdk..")
            .because("Postgres behaves the same everywhere, and its tests need no cluster");

    @ArchTest
    static final ArchRule storage_knows_no_operator_framework = noClasses()
            .that()
            .resideInAPackage("..operator.storage..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.javaoperatorsdk..")
            .because("what CSI does has nothing to do with how resources are reconciled");

    @ArchTest
    static final ArchRule decisions_are_pure = noClasses()
            .that(PURE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "java.net..", "java.nio.file..", "io.fabric8.kubernetes.client.dsl..")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("io.fabric8.kubernetes.client.KubernetesClient")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Clock.class)
            .because("a decision is a function of what was observed, so that every case can be a row in a test");

    @ArchTest
    static final ArchRule time_is_handed_in = noClasses()
            .should()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .because("tests set the clock: use the injected Clock, in planners the Instant that is passed");

    @ArchTest
    static final ArchRule nothing_sleeps = noClasses()
            .should()
            .callMethod(Thread.class, "sleep", long.class)
            .orShould()
            .callMethod(Thread.class, "sleep", java.time.Duration.class)
            .because("a sleep is too long or too short: wait for the condition itself");

    @ArchTest
    static final ArchRule only_kube_and_the_status_writer_write = noClasses()
            .that()
            .resideOutsideOfPackage("..operator.kube..")
            .and(not(simpleName("SsaStatusWriter")))
            // The lease of the leader election is nobody's object.
            .and(not(simpleName("WatchedLock")))
            .should()
            .callMethodWhere(A_WRITE_TO_THE_API)
            .because("ownership and field manager are checked in one place");

    @ArchTest
    static final ArchRule features_do_not_know_each_other = slices().matching(
                    "dev.pgfork.operator.(database|fork|follower)..")
            .should()
            .notDependOnEachOther();

    @ArchTest
    static final ArchRule shared_packages_know_no_feature = noClasses()
            .that()
            .resideInAPackage("dev.pgfork.operator.(*)..")
            .and()
            .resideOutsideOfPackages(FEATURES)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(FEATURES)
            .because("a new kind of resource is added beside the others, not into them");

    @ArchTest
    static final ArchRule wiring_is_on_top = noClasses()
            .that()
            .resideInAPackage("dev.pgfork.operator.(*)..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.pgfork.operator")
            .because("the object graph is built by hand in one place, and settings are passed as what they are");

    @ArchTest
    static final ArchRule packages_have_no_cycles =
            slices().matching("dev.pgfork.operator.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule static_state_is_constant =
            fields().that().areStatic().should().beFinal().because("state belongs to objects that the wiring makes");

    @ArchTest
    static final ArchRule observations_are_immutable = classes()
            .that()
            .haveSimpleNameEndingWith("Observation")
            .should()
            .beRecords()
            .because("a decision must not change what it was made from");

    @ArchTest
    static final ArchRule names_say_what_a_thing_is = noClasses()
            .should()
            .haveNameMatching(".*(Manager|Helper|Utils?)")
            .because("such names say nothing: name the thing in the words of Postgres, Kubernetes or pgfork");
}
