using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Purser.Gateway.Storage;

/// <summary>A SHA-256 hash by value: the key of a dictionary, of one size whatever was hashed.</summary>
internal readonly record struct Sha256Value(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>The value of a hash of 32 bytes.</summary>
    public static Sha256Value Of(ReadOnlySpan<byte> hash) => MemoryMarshal.Read<Sha256Value>(hash);

    /// <summary>The hash of some bytes.</summary>
    public static Sha256Value OfContent(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return Of(hash);
    }
}
