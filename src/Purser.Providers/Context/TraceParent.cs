namespace Purser.Providers.Context;

/// <summary>A <c>traceparent</c> header as W3C has it: <c>00-</c>, the trace's id in 32 hexadecimal digits, the parent's in 16, and flags in 2.</summary>
public static class TraceParent
{
    private const int VersionLength = 2;
    private const int TraceIdAt = 3;
    private const int TraceIdLength = 32;
    private const int ParentAt = TraceIdAt + TraceIdLength + 1;
    private const int ParentLength = 16;
    private const int FlagsAt = ParentAt + ParentLength + 1;
    private const int Length = FlagsAt + 2;

    /// <summary>The trace's id; null where the header is malformed: then there is no trace, as if it weren't there.</summary>
    /// <param name="header">The value of the one header; null where there is none or there are several.</param>
    public static string? TraceId(string? header)
    {
        if (header is null || header.Length < Length)
        {
            return null;
        }
        var text = header.AsSpan();
        var version = text[..VersionLength];
        // Later versions may have more behind; the first one may not.
        var isWhole = version is "00" ? text.Length == Length : text.Length == Length || text[Length] == '-';
        var isSeparated = text[VersionLength] == '-' && text[ParentAt - 1] == '-' && text[FlagsAt - 1] == '-';
        var trace = text.Slice(TraceIdAt, TraceIdLength);
        var parent = text.Slice(ParentAt, ParentLength);
        return
            isWhole && isSeparated && IsHex(version) && version is not "ff" && IsId(trace) && IsId(parent) && IsHex(text.Slice(FlagsAt, 2))
            ? trace.ToString()
            : null;
    }

    private static bool IsId(ReadOnlySpan<char> id) => IsHex(id) && id.ContainsAnyExcept('0');

    private static bool IsHex(ReadOnlySpan<char> text)
    {
        foreach (var digit in text)
        {
            if (!char.IsAsciiHexDigitLower(digit))
            {
                return false;
            }
        }
        return true;
    }
}
