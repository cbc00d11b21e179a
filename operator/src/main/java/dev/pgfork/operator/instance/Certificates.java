package dev.pgfork.operator.instance;

import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * The certificates of an instance. Every resource has an authority of its own, so that a client of one database can
 * never mistake a fork for it.
 */
public final class Certificates {
    static final Duration AUTHORITY_LIFE = Duration.ofDays(3652);
    static final Duration SERVER_LIFE = Duration.ofDays(90);

    /** For clients whose clock is behind. */
    private static final Duration SKEW = Duration.ofHours(1);

    private static final int SERIAL_BITS = 127;

    private final String clusterDomain;
    private final SecureRandom random;
    private final Clock clock;
    private final Signatures signatures;

    /** @param clusterDomain of the cluster's DNS, usually {@code cluster.local} */
    public Certificates(String clusterDomain, SecureRandom random, Clock clock) {
        this.clusterDomain = clusterDomain;
        this.random = random;
        this.signatures = new Signatures(random);
        this.clock = clock;
    }

    /** A new authority that signs the certificates of this instance only. */
    PemPair newAuthority(InstanceTemplate template) {
        try {
            var keys = newKeys();
            var name = subject(template, "authority of " + template.owner().name());
            var builder = builder(name, name, keys, clock.instant().plus(AUTHORITY_LIFE));
            var extensions = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            builder.addExtension(
                    Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(keys.getPublic()));
            return sign(builder, keys.getPrivate(), keys);
        } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
            throw new IllegalStateException("No certificate authority could be made", e);
        }
    }

    /**
     * A new server certificate for every name of the instance.
     *
     * @throws IllegalStateException if the authority cannot be read
     */
    PemPair newServerCertificate(InstanceTemplate template, PemPair authority) {
        try {
            var issuer = Pem.readCertificate(authority.certificate());
            var keys = newKeys();
            var end = clock.instant().plus(SERVER_LIFE);
            var authorityEnd = issuer.getNotAfter().toInstant();
            var builder = builder(
                    X500Name.getInstance(issuer.getSubjectX500Principal().getEncoded()),
                    subject(template, template.owner().name()),
                    keys,
                    end.isBefore(authorityEnd) ? end : authorityEnd);
            var extensions = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(
                    Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
            builder.addExtension(Extension.subjectAlternativeName, false, alternativeNames(template));
            builder.addExtension(
                    Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(keys.getPublic()));
            builder.addExtension(
                    Extension.authorityKeyIdentifier, false, extensions.createAuthorityKeyIdentifier(issuer));
            return sign(builder, Pem.readPrivateKey(authority.privateKey()), keys);
        } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
            throw new IllegalStateException(
                    "No server certificate could be made with the Secret %s/%s. If it was changed by hand, delete it: it is made again"
                            .formatted(
                                    template.owner().namespace(),
                                    template.authorityNames().authoritySecret()),
                    e);
        }
    }

    /**
     * Whether the server certificate must be made again: less than a third of its life is left, it is not for exactly
     * the instance's names, not of this authority, or the Secret does not hold a readable pair.
     *
     * @param authority Secret {@code -ca}
     * @param tls Secret {@code -tls}
     */
    public boolean needsRenewal(InstanceTemplate template, Secret authority, Secret tls, Instant now) {
        try {
            var issuer = SecretData.find(authority, SecretData.CERTIFICATE).orElse("");
            var pem = SecretData.find(tls, SecretData.CERTIFICATE).orElse("");
            var key = SecretData.find(tls, SecretData.PRIVATE_KEY).orElse("");
            var certificate = Pem.readCertificate(pem);
            return !issuer.equals(SecretData.find(tls, SecretData.AUTHORITY).orElse(""))
                    || !names(certificate).equals(names(template))
                    || !signatures.hold(issuer, pem, key)
                    || now.isAfter(renewalTime(certificate));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // Unreadable, or signed by another authority: both are healed by a new one.
            return true;
        }
    }

    /**
     * Serial number of the certificate in the Secret {@code -tls}, in hexadecimal, as the server reports its own.
     *
     * @return empty if it cannot be read, which equals no server's
     */
    public String serial(Secret tls) {
        try {
            return Pem.readCertificate(
                            SecretData.find(tls, SecretData.CERTIFICATE).orElse(""))
                    .getSerialNumber()
                    .toString(16);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return "";
        }
    }

    /** Every name that a client in the cluster may call the instance by. */
    Set<String> names(InstanceTemplate template) {
        var names = template.names();
        var authority = template.authorityNames();
        // Whoever may become the primary answers to the clients' names, too.
        var services = Stream.concat(
                Stream.of(names.service(), names.claimService()),
                template.isDatabase() || template.membership().isUnder(template.owner())
                        ? Stream.of(authority.service(), authority.readOnlyService())
                        : Stream.empty());
        var namespace = "." + template.owner().namespace();
        var suffixes = List.of("", namespace, namespace + ".svc", namespace + ".svc." + clusterDomain);
        var all = new TreeSet<String>();
        services.forEach(service -> suffixes.forEach(suffix -> all.add(service + suffix)));
        return all;
    }

    private static Set<String> names(X509Certificate certificate) throws GeneralSecurityException {
        var names = new TreeSet<String>();
        var alternatives = certificate.getSubjectAlternativeNames();
        if (alternatives != null) {
            alternatives.forEach(alternative -> names.add(String.valueOf(alternative.get(1))));
        }
        return names;
    }

    private static Instant renewalTime(X509Certificate certificate) {
        var start = certificate.getNotBefore().toInstant();
        var end = certificate.getNotAfter().toInstant();
        return end.minus(Duration.between(start, end).dividedBy(3));
    }

    private GeneralNames alternativeNames(InstanceTemplate template) {
        return new GeneralNames(names(template).stream()
                .map(name -> new GeneralName(GeneralName.dNSName, name))
                .toArray(GeneralName[]::new));
    }

    private static X500Name subject(InstanceTemplate template, String commonName) {
        return new X500NameBuilder()
                .addRDN(BCStyle.O, "pgfork")
                .addRDN(BCStyle.OU, template.owner().namespace())
                .addRDN(BCStyle.CN, commonName)
                .build();
    }

    private KeyPair newKeys() throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), random);
        return generator.generateKeyPair();
    }

    private X509v3CertificateBuilder builder(X500Name issuer, X500Name subject, KeyPair keys, Instant end) {
        var start = clock.instant().minus(SKEW).truncatedTo(ChronoUnit.SECONDS);
        return new JcaX509v3CertificateBuilder(
                issuer,
                new BigInteger(SERIAL_BITS, random).setBit(SERIAL_BITS - 1),
                Date.from(start),
                Date.from(end),
                subject,
                keys.getPublic());
    }

    private PemPair sign(X509v3CertificateBuilder builder, PrivateKey issuerKey, KeyPair keys)
            throws OperatorCreationException {
        var signer = new JcaContentSignerBuilder(Signatures.ALGORITHM)
                .setSecureRandom(random)
                .build(issuerKey);
        try {
            return new PemPair(Pem.certificate(builder.build(signer).getEncoded()), Pem.privateKey(keys.getPrivate()));
        } catch (IOException e) {
            throw new UncheckedIOException("A certificate could not be encoded", e);
        }
    }
}
