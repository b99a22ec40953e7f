using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Purser.Simulator.Http;

/// <summary>Bytes being composed. Grows as needed; reused by one connection for all its answers.</summary>
internal sealed class OutputBuffer
{
    // What needs no escape in JSON.
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 -_.:;,!?'`()[]{}<>/@#$%^&*+=|~"
    );

    private byte[] bytes = new byte[4096];

    /// <summary>How many bytes are in it.</summary>
    public int Length { get; private set; }

    /// <summary>What is in it.</summary>
    public ReadOnlySpan<byte> Written => bytes.AsSpan(0, Length);

    /// <summary>What is in it, for asynchronous code.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => bytes.AsMemory(0, Length);

    /// <summary>Empties it.</summary>
    public void Clear() => Length = 0;

    /// <summary>Shortens it to <paramref name="length"/> bytes.</summary>
    public void Truncate(int length) => Length = Math.Min(Length, length);

    /// <summary>Appends bytes as they are.</summary>
    public OutputBuffer Add(ReadOnlySpan<byte> utf8)
    {
        utf8.CopyTo(Room(utf8.Length));
        Length += utf8.Length;
        return this;
    }

    /// <summary>Appends characters that are known to be ASCII.</summary>
    public OutputBuffer AddAscii(ReadOnlySpan<char> ascii)
    {
        Ascii.FromUtf16(ascii, Room(ascii.Length), out var written);
        Length += written;
        return this;
    }

    /// <summary>Appends a number in decimal digits.</summary>
    public OutputBuffer Add(long number)
    {
        Utf8Formatter.TryFormat(number, Room(20), out var written);
        Length += written;
        return this;
    }

    /// <summary>Appends a JSON string with its quotes, or <c>null</c>.</summary>
    public OutputBuffer AddJson(string? text) => text is null ? Add("null"u8) : Add("\""u8).AddJsonInner(text).Add("\""u8);

    /// <summary>Appends the inside of a JSON string: escaped, without quotes.</summary>
    public OutputBuffer AddJsonInner(ReadOnlySpan<byte> utf8)
    {
        var source = utf8;
        while (source.Length > 0)
        {
            JavaScriptEncoder.UnsafeRelaxedJsonEscaping.EncodeUtf8(source, Room(source.Length * 6), out var consumed, out var written);
            Length += written;
            source = source[consumed..];
        }

        return this;
    }

    private OutputBuffer AddJsonInner(string text)
    {
        if (!text.AsSpan().ContainsAnyExcept(Plain))
        {
            return AddAscii(text);
        }

        return Add(JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
    }

    private Span<byte> Room(int size)
    {
        if (bytes.Length - Length < size)
        {
            Array.Resize(ref bytes, (int)Math.Min(Array.MaxLength, Math.Max(bytes.LongLength * 2, (long)Length + size)));
        }

        return bytes.AsSpan(Length);
    }
}
