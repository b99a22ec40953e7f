using System.Security.Cryptography;
using Purser.Gateway.Credentials;
using Xunit;

namespace Purser.Gateway.Tests.Credentials;

public sealed class CredentialSealTests
{
    private const string Secret = "sk-a-secret-ü";

    [Fact]
    public void What_is_sealed_opens_with_the_same_master_key()
    {
        var master = Key();
        var seal = CredentialSeal.New(master);
        var made = seal.Seal("cred_1", "openai", Secret);

        Assert.Equal(Secret, CredentialSeal.Of(master, seal.Stored)!.Open("cred_1", "openai", made));
    }

    [Fact]
    public void What_is_sealed_for_one_credential_opens_for_no_other()
    {
        var seal = CredentialSeal.New(Key());
        var made = seal.Seal("cred_1", "openai", Secret);

        Assert.ThrowsAny<CryptographicException>(() => seal.Open("cred_2", "openai", made));
        Assert.ThrowsAny<CryptographicException>(() => seal.Open("cred_1", "anthropic", made));
    }

    [Fact]
    public void Each_altered_bit_is_noticed()
    {
        var seal = CredentialSeal.New(Key());
        var made = seal.Seal("cred_1", "openai", Secret);

        for (var bit = 0; bit < made.Length * 8; bit++)
        {
            var altered = made.ToArray();
            altered[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.ThrowsAny<CryptographicException>(() => seal.Open("cred_1", "openai", altered));
        }

        Assert.ThrowsAny<CryptographicException>(() => seal.Open("cred_1", "openai", made.AsSpan(0, 20)));
    }

    [Fact]
    public void The_same_secret_is_sealed_differently_each_time()
    {
        var seal = CredentialSeal.New(Key());

        Assert.NotEqual(seal.Seal("cred_1", "openai", Secret), seal.Seal("cred_1", "openai", Secret));
    }

    [Fact]
    public void Another_master_key_and_an_altered_setting_are_told()
    {
        var master = Key();
        var stored = CredentialSeal.New(master).Stored;

        Assert.Null(CredentialSeal.Of(Key(), stored));
        Assert.Null(CredentialSeal.Of(master, ""));
        Assert.Null(CredentialSeal.Of(master, "00 00"));
        Assert.Null(CredentialSeal.Of(master, CredentialSeal.New(master).Stored[..64] + stored[64..]));
    }

    [Fact]
    public void The_algorithm_is_the_one_that_is_documented()
    {
        // Worked out with the primitives alone, as docs/credentials.md states them.
        var text = Convert.ToBase64String(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray());
        var master = MasterKey.Load(null, "data", _ => text)!;
        var seal = CredentialSeal.New(master);
        var made = seal.Seal("cred_1", "openai", Secret);
        var salt = Convert.FromHexString(seal.Stored.Split(' ')[0]);
        var key = HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            Convert.FromBase64String(text),
            32,
            salt,
            "purser credentials, AES-256-GCM"u8.ToArray()
        );
        var plain = new byte[made.Length - 28];
        using var aes = new AesGcm(key, 16);
        aes.Decrypt(made.AsSpan(0, 12), made.AsSpan(12, plain.Length), made.AsSpan(12 + plain.Length), plain, "cred_1\nopenai"u8);

        Assert.Equal(Secret, System.Text.Encoding.UTF8.GetString(plain));
    }

    private static MasterKey Key()
    {
        var text = MasterKey.New();
        return MasterKey.Load(null, "data", _ => text)!;
    }
}
