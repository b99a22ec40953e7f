using System.Security.Cryptography;

namespace Purser.Core.Ledger;

/// <summary>
/// The hash chain of the journal: SHA-256 over the hash of the entry before and the entry's stored bytes. Not thread-safe: it keeps what the
/// computation needs, which to make anew for each entry costs more than the hash.
/// </summary>
public sealed class JournalChain : IDisposable
{
    /// <summary>The length of a hash, in bytes.</summary>
    public const int HashLength = SHA256.HashSizeInBytes;

    private readonly IncrementalHash sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The hash that the first entry follows.</summary>
    public static ReadOnlySpan<byte> Genesis => new byte[HashLength];

    /// <summary>Computes an entry's hash.</summary>
    /// <param name="previous">The hash of the entry before, 32 bytes.</param>
    /// <param name="body">The entry as it's stored.</param>
    /// <param name="hash">Receives 32 bytes; may be where <paramref name="previous"/> is.</param>
    public void Next(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> body, Span<byte> hash)
    {
        sha256.AppendData(previous);
        sha256.AppendData(body);
        sha256.GetHashAndReset(hash);
    }

    /// <inheritdoc/>
    public void Dispose() => sha256.Dispose();
}
