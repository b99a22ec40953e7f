using System.Security.Cryptography;
using System.Text;

namespace Purser.Gateway.Credentials;

/// <summary>
/// Encrypts credentials with AES-256-GCM under a key that is derived (HKDF-SHA256) from the master key and a random salt of the store. What is
/// stored of the master key is the salt and a check value, another derivation, which tells a wrong key before anything is decrypted.
/// </summary>
internal sealed class CredentialSeal
{
    /// <summary>The name of the setting that <see cref="Stored"/> is kept under.</summary>
    public const string Setting = "master_key";

    private const int SaltLength = 32;
    private const int KeyLength = 32;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private readonly byte[] key;

    private CredentialSeal(MasterKey master, byte[] salt)
    {
        key = Derive(master, salt, "purser credentials, AES-256-GCM");
        Stored = $"{Convert.ToHexStringLower(salt)} {Convert.ToHexStringLower(Derive(master, salt, "purser master key, check"))}";
    }

    /// <summary>What the store keeps of it: the salt and the check value.</summary>
    public string Stored { get; }

    /// <summary>A seal under a salt of its own.</summary>
    public static CredentialSeal New(MasterKey master) => new(master, RandomNumberGenerator.GetBytes(SaltLength));

    /// <summary>The seal of a store; null where this isn't the master key that it was made with.</summary>
    /// <param name="master">The master key.</param>
    /// <param name="stored">What the store kept.</param>
    public static CredentialSeal? Of(MasterKey master, string stored)
    {
        if (stored.Split(' ') is not [{ Length: 2 * SaltLength } salt, _] || !salt.All(char.IsAsciiHexDigit))
        {
            return null;
        }

        var seal = new CredentialSeal(master, Convert.FromHexString(salt));
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(seal.Stored), Encoding.UTF8.GetBytes(stored)) ? seal : null;
    }

    /// <summary>Encrypts a secret: nonce, ciphertext and tag in one. What is sealed for one credential opens for no other.</summary>
    /// <param name="id">The credential's id.</param>
    /// <param name="provider">The provider that it's for.</param>
    /// <param name="secret">The secret.</param>
    public byte[] Seal(string id, string provider, string secret)
    {
        var plain = Encoding.UTF8.GetBytes(secret);
        var made = new byte[NonceLength + plain.Length + TagLength];
        var nonce = made.AsSpan(0, NonceLength);
        var tag = made.AsSpan(NonceLength + plain.Length);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(nonce, plain, made.AsSpan(NonceLength, plain.Length), tag, Bound(id, provider));
        CryptographicOperations.ZeroMemory(plain);
        return made;
    }

    /// <summary>Decrypts what <see cref="Seal"/> made for this credential.</summary>
    /// <exception cref="CryptographicException">It was altered, or made for another credential.</exception>
    public string Open(string id, string provider, ReadOnlySpan<byte> made)
    {
        if (made.Length < NonceLength + TagLength)
        {
            throw new CryptographicException("It's shorter than anything that was encrypted.");
        }

        var plain = new byte[made.Length - NonceLength - TagLength];
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(made[..NonceLength], made[NonceLength..^TagLength], made[^TagLength..], plain, Bound(id, provider));
        var secret = Encoding.UTF8.GetString(plain);
        CryptographicOperations.ZeroMemory(plain);
        return secret;
    }

    // An id has no line feed, so that no two pairs are the same bytes.
    private static byte[] Bound(string id, string provider) => Encoding.UTF8.GetBytes($"{id}\n{provider}");

    private static byte[] Derive(MasterKey master, byte[] salt, string use)
    {
        var derived = new byte[KeyLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, master.Bytes, derived, salt, Encoding.ASCII.GetBytes(use));
        return derived;
    }
}
