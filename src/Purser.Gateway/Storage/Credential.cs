using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Purser.Gateway.Storage;

/// <summary>
/// Keys of the form <c>id.secret</c>: the id finds the record, the secret is 256 random bits of which only the SHA-256 is kept.
/// A slow hash would add nothing: a secret of 256 bits can't be guessed.
/// </summary>
public static class Credential
{
    private const int IdBytes = 9;
    private const int SecretBytes = 32;

    // What an unknown id is compared with, so that it takes the time that a wrong secret takes.
    private static readonly byte[] NoSecret = SHA256.HashData(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>A new credential: its id, the whole text that is shown once, and the hash that is kept.</summary>
    public static (string Id, string Secret, byte[] Hash) New(string prefix)
    {
        var id = $"{prefix}-{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdBytes))}";
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        return (id, $"{id}.{secret}", SHA256.HashData(Encoding.ASCII.GetBytes(secret)));
    }

    /// <summary>Splits what a client sent; false where it can't be a key.</summary>
    public static bool TrySplit(string credential, out string id, out ReadOnlySpan<char> secret)
    {
        var dot = credential.IndexOf('.', StringComparison.Ordinal);
        id = dot > 0 && credential.Length <= 256 ? credential[..dot] : "";
        secret = id.Length > 0 ? credential.AsSpan(dot + 1) : default;
        return id.Length > 0;
    }

    /// <summary>Whether the secret is the one whose hash is kept, in a time that says nothing. A null hash never matches.</summary>
    public static bool Matches(ReadOnlySpan<char> secret, byte[]? hash)
    {
        Span<byte> bytes = stackalloc byte[512];
        Span<byte> actual = stackalloc byte[32];
        var length = secret.Length <= 170 ? Encoding.UTF8.GetBytes(secret, bytes) : 0;
        SHA256.HashData(bytes[..length], actual);
        return CryptographicOperations.FixedTimeEquals(actual, hash ?? NoSecret) & (hash is not null);
    }
}
