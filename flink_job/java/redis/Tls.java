package ringwatch.redis;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** TLS as an address asks for it: its ssl_ca_certs, ssl_certfile, ssl_keyfile (PEM) and ssl_cert_reqs=none. */
class Tls {
    private static final Pattern KEY = Pattern.compile("-----BEGIN ([A-Z ]*)PRIVATE KEY-----(.*?)-----END", Pattern.DOTALL);
    private static final String[] KINDS = new String[] {"RSA", "EC", "Ed25519", "DSA"};
    /** Version 0 and the name of RSA, as they precede a PKCS 1 key in a PKCS 8 one. */
    private static final byte[] RSA_HEAD =
            new byte[] {2, 1, 0, 0x30, 13, 6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 13, 1, 1, 1, 5, 0};

    private final SSLContext context;
    private final boolean checked;

    Tls(Address address) throws IOException {
        checked = !"none".equals(address.option("ssl_cert_reqs"));
        refuse(address, "ssl_ca_path", "name a file of certificates, ?ssl_ca_certs=PATH");
        refuse(address, "ssl_ca_data", "name a file of certificates, ?ssl_ca_certs=PATH");
        refuse(address, "ssl_password", "write the key without a passphrase, openssl pkcs8 -topk8 -nocrypt");
        try {
            context = SSLContext.getInstance("TLS");
            context.init(keys(address.option("ssl_certfile"), address.option("ssl_keyfile")), trust(address.option("ssl_ca_certs")), null);
        } catch (GeneralSecurityException wrong) {
            throw Mends.said("the TLS options of " + Environment.addressName() + " do not fit (" + wrong.getMessage() + "): correct them");
        }
    }

    private static void refuse(Address address, String option, String mend) throws RedisError {
        if (address.option(option) != null) {
            throw Mends.said("the option " + option + " of " + Environment.addressName() + " is not known to the job's streams: " + mend);
        }
    }

    /** Returns the socket with TLS on top, after the handshake. */
    Socket over(Socket socket, String host, int port) throws IOException {
        SSLSocket secure = (SSLSocket) context.getSocketFactory().createSocket(socket, host, port, true);
        if (checked) {
            SSLParameters parameters = secure.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            secure.setSSLParameters(parameters);
        }
        try {
            secure.startHandshake();
        } catch (SSLException failed) {
            for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
                if (cause instanceof CertificateException) {
                    throw new RedisError(RedisError.CERTIFICATE, "its certificate is refused: " + cause.getMessage(), false);
                }
            }
            throw failed;
        }
        return secure;
    }

    private TrustManager[] trust(String file) throws IOException, GeneralSecurityException {
        if (!checked) {
            return new TrustManager[] {new Anybody()};
        }
        KeyStore store = null; // that of Java
        if (file != null) {
            store = empty();
            int number = 0;
            for (Object certificate : certificates(file)) {
                store.setCertificateEntry("authority-" + (number++), (Certificate) certificate);
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyManager[] keys(String certificateFile, String keyFile) throws IOException, GeneralSecurityException {
        if (certificateFile == null) {
            return null;
        }
        Collection chain = certificates(certificateFile);
        KeyStore store = empty();
        PrivateKey key = key(keyFile == null ? certificateFile : keyFile);
        store.setKeyEntry("ours", key, new char[0], (Certificate[]) chain.toArray(new Certificate[0]));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    private static KeyStore empty() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        return store;
    }

    private static Collection certificates(String file) throws IOException, GeneralSecurityException {
        Matcher found = Pattern.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", Pattern.DOTALL).matcher(content(file));
        StringBuilder text = new StringBuilder();
        while (found.find()) {
            text.append(found.group()).append('\n');
        }
        if (text.length() == 0) {
            throw Mends.said(file + " holds no certificate in PEM: correct " + Environment.addressName());
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.US_ASCII);
        return CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(bytes));
    }

    private static PrivateKey key(String file) throws IOException, GeneralSecurityException {
        Matcher found = KEY.matcher(content(file));
        String kind = found.find() ? found.group(1).trim() : "no";
        if (!kind.isEmpty() && !kind.equals("RSA")) {
            throw Mends.said(file + " holds " + (kind.equals("no") ? "no" : "an " + kind) + " private key, not one of PKCS 8: write it by openssl pkcs8 "
                    + "-topk8 -nocrypt -in KEY");
        }
        byte[] bytes = Base64.getMimeDecoder().decode(found.group(2));
        byte[] whole = kind.equals("RSA") ? inPkcs8(bytes) : bytes;
        for (int i = 0; i < KINDS.length; i++) {
            try {
                return KeyFactory.getInstance(KINDS[i]).generatePrivate(new PKCS8EncodedKeySpec(whole));
            } catch (InvalidKeySpecException other) {
                // of the next kind
            }
        }
        throw Mends.said(file + " holds no private key of RSA, EC, Ed25519 or DSA: write such a one");
    }

    private static byte[] inPkcs8(byte[] key) {
        byte[] text = tagged(4, key);
        byte[] whole = new byte[RSA_HEAD.length + text.length];
        System.arraycopy(RSA_HEAD, 0, whole, 0, RSA_HEAD.length);
        System.arraycopy(text, 0, whole, RSA_HEAD.length, text.length);
        return tagged(0x30, whole);
    }

    private static byte[] tagged(int tag, byte[] content) {
        byte[] found = new byte[4 + content.length]; // a key is longer than 255 bytes
        found[0] = (byte) tag;
        found[1] = (byte) 0x82;
        found[2] = (byte) (content.length >> 8);
        found[3] = (byte) content.length;
        System.arraycopy(content, 0, found, 4, content.length);
        return found;
    }

    private static String content(String file) throws RedisError {
        try {
            return new String(Files.readAllBytes(Paths.get(file, new String[0])), StandardCharsets.ISO_8859_1);
        } catch (IOException unreadable) {
            throw Mends.said(file + " cannot be read: correct " + Environment.addressName() + ", or mend the file's rights");
        }
    }

    /** Takes any certificate. */
    private static class Anybody extends X509ExtendedTrustManager {
        public void checkClientTrusted(X509Certificate[] chain, String kind) {}

        public void checkServerTrusted(X509Certificate[] chain, String kind) {}

        public void checkClientTrusted(X509Certificate[] chain, String kind, Socket socket) {}

        public void checkServerTrusted(X509Certificate[] chain, String kind, Socket socket) {}

        public void checkClientTrusted(X509Certificate[] chain, String kind, SSLEngine engine) {}

        public void checkServerTrusted(X509Certificate[] chain, String kind, SSLEngine engine) {}

        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
