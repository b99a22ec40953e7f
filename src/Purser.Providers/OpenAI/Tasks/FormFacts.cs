using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Purser.Providers.OpenAI.Tasks;

/// <summary>What a form asks for.</summary>
internal static class FormFacts
{
    private const int LongestField = 256;

    /// <summary>Reads a field; false where it's at fault.</summary>
    /// <param name="facts">Takes what it says.</param>
    /// <param name="part">The field or file.</param>
    /// <param name="text">A short field's text; null where it's long, or a file.</param>
    /// <returns>Why the form is refused; null where it isn't.</returns>
    public delegate RequestFault? ReadPart(RequestFacts facts, FormPart part, string? text);

    /// <summary>Reads a form.</summary>
    /// <param name="body">The body.</param>
    /// <param name="target">Its content type, and the model in its path.</param>
    /// <param name="single">The fields that count, each of which may be there once.</param>
    /// <param name="read">Takes each part but the model.</param>
    public static UnderstandResult Read(ReadOnlySpan<byte> body, in RequestTarget target, IReadOnlyList<string> single, ReadPart read)
    {
        if (FormScan.Boundary(target.ContentType) is not { } boundary)
        {
            return Refused(RequestFaults.InvalidForm, "The body must be multipart/form-data with a boundary of 1 to 70 characters.");
        }
        if (FormScan.Read(body, boundary) is not { } parts)
        {
            return Refused(
                RequestFaults.InvalidForm,
                "The body is no well-formed multipart/form-data of at most 256 parts with that boundary."
            );
        }
        var facts = new RequestFacts(body.Length) { FormBoundary = boundary, BodyEnd = body.Length };
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in parts)
        {
            var known = single.FirstOrDefault(name => name.Equals(part.Name, StringComparison.OrdinalIgnoreCase));
            if (known is not null && known != part.Name)
            {
                return Refused(RequestFaults.AmbiguousMember, $"A field differs from '{known}' in upper and lower case alone.", known);
            }
            if (known is not null && !seen.Add(known))
            {
                return Refused(RequestFaults.DuplicateMember, $"The field '{known}' is there more than once.", known);
            }
            var text = part.IsFile ? null : Short(body.Slice(part.Content.Offset, part.Content.Length));
            if (part.Name == "model")
            {
                (facts.ModelInBody, facts.ModelToken) = (text ?? "", part.Content);
            }
            else if (read(facts, part, text) is { } fault)
            {
                return new UnderstandResult(null, fault);
            }
        }
        return WithModel(facts, target.Model ?? facts.ModelInBody);
    }

    private static UnderstandResult WithModel(RequestFacts facts, string? model)
    {
        if (model is null)
        {
            return Refused(RequestFaults.ModelMissing, "The form names no model.", "model");
        }
        if (string.IsNullOrWhiteSpace(model) || model.Length > LongestField || model.AsSpan().ContainsAnyInRange('\0', '\x1f'))
        {
            return Refused(RequestFaults.InvalidMember, "'model' must have 1 to 256 characters and no control characters.", "model");
        }
        facts.Model = model;
        return new UnderstandResult(facts, null);
    }

    /// <summary>A whole number of a field, from 1 to 128; null where it's none.</summary>
    public static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 128 ? number : null;

    /// <summary>The refusal of a field.</summary>
    public static RequestFault Invalid(string name, string what) => new(RequestFaults.InvalidMember, $"'{name}' must be {what}.", name);

    private static UnderstandResult Refused(string code, string message, string? param = null) =>
        new(null, new RequestFault(code, message, param));

    private static string? Short(ReadOnlySpan<byte> content) =>
        content.Length <= 4 * LongestField && Utf8.IsValid(content) ? Encoding.UTF8.GetString(content) : null;
}
