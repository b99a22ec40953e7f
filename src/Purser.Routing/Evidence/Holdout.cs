using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Purser.Routing.Evidence;

/// <summary>
/// The sessions that are served as asked whatever the router would do, so that what routing saves can be measured against them. Who is one is
/// decided by a keyed hash of the session's id: the same on every machine and after every restart, as good as random, and foreseen by nobody
/// without the key.
/// </summary>
public sealed class Holdout
{
    private readonly byte[] key;
    private readonly ulong below;

    /// <summary>Fixes the key and the share.</summary>
    /// <param name="key">At least 16 bytes. Another key draws other sessions.</param>
    /// <param name="share">Which share of the sessions is held out: from 0, none, to 0.5. About 0.02 is usual.</param>
    /// <exception cref="ArgumentException">The key is too short, or the share is outside of its range.</exception>
    public Holdout(ReadOnlySpan<byte> key, double share)
    {
        if (key.Length < 16 || !(share is >= 0 and <= 0.5))
        {
            throw new ArgumentException(
                $"A holdout's key has at least 16 bytes (not {key.Length}), and its share is from 0 to 0.5 (not {share})."
            );
        }

        this.key = key.ToArray();
        // In 32 bits, in which the product is exact enough and can't overflow.
        below = (ulong)Math.Round(share * (1UL << 32));
    }

    /// <summary>Whether a session is held out.</summary>
    /// <param name="id">
    /// The session's id, so that all its requests are treated alike; a request's own where it has no session. Not empty.
    /// </param>
    public bool Contains(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(id), hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash) < below;
    }
}
