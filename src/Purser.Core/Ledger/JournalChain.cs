using System.Security.Cryptography;

namespace Purser.Core.Ledger;

/// <summary>The hash chain of the journal: SHA-256 over the hash of the entry before and the entry's stored bytes.</summary>
public static class JournalChain
{
    /// <summary>The length of a hash, in bytes.</summary>
    public const int HashLength = SHA256.HashSizeInBytes;

    private const int MostOnStack = 2048;

    /// <summary>The hash that the first entry follows.</summary>
    public static ReadOnlySpan<byte> Genesis => new byte[HashLength];

    /// <summary>Computes an entry's hash.</summary>
    /// <param name="previous">The hash of the entry before, 32 bytes.</param>
    /// <param name="body">The entry as it's stored.</param>
    /// <param name="hash">Receives 32 bytes; may be where <paramref name="previous"/> is.</param>
    public static void Next(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> body, Span<byte> hash)
    {
        var length = previous.Length + body.Length;
        var bytes = length <= MostOnStack ? stackalloc byte[MostOnStack] : new byte[length];
        previous.CopyTo(bytes);
        body.CopyTo(bytes[previous.Length..]);
        SHA256.HashData(bytes[..length], hash);
    }
}
