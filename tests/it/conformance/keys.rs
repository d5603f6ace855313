//! Keys from seeds: the same in every run and for every implementation.

use countersign::verdict::pae;
use sha2::{Digest as _, Sha256};
use ssh_key::encoding::Encode as _;
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::public::{KeyData, SkEd25519};
use ssh_key::{
    Algorithm, HashAlg, LineEnding, PrivateKey, PublicKey, Signature, SigningKey, SshSig,
};

fn raw(key: &impl SigningKey, bytes: &[u8]) -> Vec<u8> {
    key.try_sign(bytes).unwrap().as_bytes().to_vec()
}

/// The key of a name; one that ends in `-sk` is a security key's.
pub struct Key {
    secret: PrivateKey,
    public: KeyData,
}

impl Key {
    /// The seed is the SHA-256 of `countersign conformance <name>`.
    pub fn of(name: &str) -> Self {
        let seed: [u8; 32] = Sha256::digest(format!("countersign conformance {name}")).into();
        let pair = Ed25519Keypair::from_seed(&seed);
        let plain = pair.public;
        let secret = PrivateKey::new(KeypairData::Ed25519(pair), name).unwrap();
        let public = if name.ends_with("-sk") {
            KeyData::SkEd25519(SkEd25519::new(plain, "ssh:"))
        } else {
            KeyData::Ed25519(plain)
        };
        Self { secret, public }
    }

    /// As a line of `allowed_signers` holds it.
    pub fn line(&self) -> String {
        PublicKey::from(self.public.clone()).to_openssh().unwrap()
    }

    pub fn fingerprint(&self) -> String {
        self.public.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The raw SSHSIG of a message; a security key says these flags.
    pub fn sign(&self, namespace: &str, message: &[u8], flags: u8) -> Vec<u8> {
        let inner = SshSig::signed_data(namespace, HashAlg::Sha512, message).unwrap();
        let made = |bytes: &[u8]| raw(&self.secret, bytes);
        let signature = if self.public.algorithm() == Algorithm::Ed25519 {
            Signature::new(Algorithm::Ed25519, made(&inner))
        } else {
            let trailer = [flags, 0, 0, 0, 7];
            let parts = [
                &Sha256::digest(b"ssh:")[..],
                &trailer,
                &Sha256::digest(&inner),
            ];
            Signature::new(
                self.public.algorithm(),
                [made(&parts.concat()), trailer.to_vec()].concat(),
            )
        };
        let blob = SshSig::new(
            self.public.clone(),
            namespace,
            HashAlg::Sha512,
            signature.unwrap(),
        );
        blob.unwrap().encode_vec().unwrap()
    }

    /// The signature of a statement's payload.
    pub fn attest(&self, namespace: &str, payload: &str, flags: u8) -> Vec<u8> {
        self.sign(namespace, &pae(payload.as_bytes()), flags)
    }

    /// The armoured signature of a commit or tag.
    pub fn armour(&self, data: &[u8]) -> String {
        let signed = self.secret.sign("git", HashAlg::Sha512, data).unwrap();
        signed.to_pem(LineEnding::LF).unwrap()
    }
}
