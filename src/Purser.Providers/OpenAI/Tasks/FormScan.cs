using System.Text;
using System.Text.Unicode;

namespace Purser.Providers.OpenAI.Tasks;

/// <summary>A part of a form.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsFile">Whether it has a file's name.</param>
/// <param name="Content">Where its content is in the body.</param>
internal readonly record struct FormPart(string Name, bool IsFile, JsonSlice Content);

/// <summary>
/// Finds the parts of a <c>multipart/form-data</c> body without copying any. Strict: what readers could understand differently (a preamble, a name
/// in an encoding, an encoded part) is refused, so that what is priced is what the provider reads.
/// </summary>
internal static class FormScan
{
    private const int LongestBoundary = 70;
    private const int MostParts = 256;

    /// <summary>The boundary that a content type names; null where it's no form.</summary>
    public static string? Boundary(string? contentType)
    {
        if (contentType is null || !contentType.AsSpan().TrimStart().StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
        string? found = null;
        foreach (var part in contentType.Split(';')[1..])
        {
            var parameter = part.AsSpan().Trim();
            if (!parameter.StartsWith("boundary=", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }
            if (found is not null)
            {
                return null;
            }
            var value = parameter["boundary=".Length..].Trim();
            found = (value is ['"', .., '"'] ? value[1..^1] : value).ToString();
        }
        return found is { Length: > 0 and <= LongestBoundary } && !found.AsSpan().ContainsAny("\"\\\r\n") && Ascii.IsValid(found)
            ? found
            : null;
    }

    /// <summary>Finds the parts, in their order; null where the body isn't such a form.</summary>
    public static List<FormPart>? Read(ReadOnlySpan<byte> body, string boundary)
    {
        var opening = Encoding.ASCII.GetBytes($"--{boundary}\r\n");
        var delimiter = Encoding.ASCII.GetBytes($"\r\n--{boundary}");
        if (!body.StartsWith(opening))
        {
            return null;
        }
        var parts = new List<FormPart>();
        var at = opening.Length;
        while (parts.Count < MostParts)
        {
            var headers = body[at..].IndexOf("\r\n\r\n"u8);
            if (headers < 0 || !TryHeaders(body.Slice(at, headers), out var name, out var isFile))
            {
                return null;
            }
            at += headers + 4;
            // An empty part's end may begin with its headers' own end.
            var end = body[at..].IndexOf(delimiter);
            if (end < 0)
            {
                return null;
            }
            parts.Add(new FormPart(name, isFile, new JsonSlice(at, end)));
            at += end + delimiter.Length;
            if (body[at..].StartsWith("--"u8))
            {
                return body[(at + 2)..].Trim("\r\n"u8).IsEmpty ? parts : null;
            }
            if (!body[at..].StartsWith("\r\n"u8))
            {
                return null;
            }
            at += 2;
        }
        return null;
    }

    private static bool TryHeaders(ReadOnlySpan<byte> bytes, out string name, out bool isFile)
    {
        (name, isFile) = ("", false);
        if (!Utf8.IsValid(bytes))
        {
            return false;
        }
        var hasName = false;
        foreach (var line in Encoding.UTF8.GetString(bytes).Split("\r\n"))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            // Folded lines, and what is no header.
            if (colon <= 0 || line[0] is ' ' or '\t')
            {
                return false;
            }
            var (header, value) = (line[..colon], line[(colon + 1)..]);
            if (header.Equals("Content-Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                var plain = value.Trim();
                if (!plain.Equals("binary", StringComparison.OrdinalIgnoreCase) && plain is not ("7bit" or "8bit"))
                {
                    return false;
                }
            }
            else if (header.Equals("Content-Disposition", StringComparison.OrdinalIgnoreCase))
            {
                if (hasName || !TryDisposition(value, out name, out isFile))
                {
                    return false;
                }
                hasName = true;
            }
        }
        return hasName;
    }

    // form-data; name="file"; filename="a.mp3"
    private static bool TryDisposition(ReadOnlySpan<char> value, out string name, out bool isFile)
    {
        (name, isFile) = ("", false);
        value = value.Trim();
        if (!value.StartsWith("form-data", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }
        value = value["form-data".Length..];
        var hasName = false;
        while (!(value = value.TrimStart()).IsEmpty)
        {
            if (value[0] != ';')
            {
                return false;
            }
            value = value[1..].TrimStart();
            var equals = value.IndexOf('=');
            if (equals <= 0)
            {
                return value.IsEmpty && hasName;
            }
            var key = value[..equals].Trim().ToString();
            if (!TryValue(value[(equals + 1)..].TrimStart(), out var text, out value))
            {
                return false;
            }
            if (key.Equals("name", StringComparison.OrdinalIgnoreCase))
            {
                if (hasName)
                {
                    return false;
                }
                (name, hasName) = (text, true);
            }
            else if (key.StartsWith("name*", StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
            isFile |= key.StartsWith("filename", StringComparison.OrdinalIgnoreCase);
        }
        return hasName;
    }

    private static bool TryValue(ReadOnlySpan<char> from, out string text, out ReadOnlySpan<char> rest)
    {
        text = "";
        rest = default;
        if (from is not ['"', ..])
        {
            var end = from.IndexOf(';');
            text = (end < 0 ? from : from[..end]).Trim().ToString();
            rest = end < 0 ? default : from[end..];
            return text.Length > 0;
        }
        var read = new StringBuilder();
        for (var at = 1; at < from.Length; at++)
        {
            if (from[at] == '"')
            {
                text = read.ToString();
                rest = from[(at + 1)..];
                return true;
            }
            // Browsers don't escape so, and servers differ in how they read it.
            if (from[at] == '\\')
            {
                at++;
            }
            if (at < from.Length)
            {
                read.Append(from[at]);
            }
        }
        return false;
    }
}
