using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Purser.Simulator.Requests;

/// <summary>A part of a form.</summary>
/// <param name="Name">Its field's name, without the brackets of lists.</param>
/// <param name="FileName">The file's name; null for a text.</param>
/// <param name="MimeType">The file's type.</param>
/// <param name="Content">Its bytes.</param>
internal sealed record FormPart(string Name, string? FileName, string MimeType, byte[] Content)
{
    /// <summary>Its text.</summary>
    public string Text => Encoding.UTF8.GetString(Content);
}

/// <summary>A form with files, <c>multipart/form-data</c>.</summary>
internal sealed class MultipartForm
{
    private readonly List<FormPart> parts = [];

    /// <summary>The files, in their order.</summary>
    public IEnumerable<FormPart> Files => parts.Where(part => part.FileName is not null);

    /// <summary>Reads a form.</summary>
    /// <returns>Null when the body is no such form.</returns>
    public static MultipartForm? Parse(string? contentType, ReadOnlySpan<byte> body)
    {
        if (
            !MediaTypeHeaderValue.TryParse(contentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 } boundary
        )
        {
            return null;
        }

        var form = new MultipartForm();
        using var stream = new MemoryStream(body.ToArray());
        var reader = new MultipartReader(boundary.Value!, stream);
        try
        {
            // The stream is in memory: nothing is waited for.
            while (reader.ReadNextSectionAsync().GetAwaiter().GetResult() is { } section)
            {
                form.Add(section);
            }
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            return null;
        }

        return form;
    }

    /// <summary>The text of a field; null where it is missing.</summary>
    public string? Text(string name) => parts.Find(part => part.Name == name && part.FileName is null)?.Text;

    /// <summary>The whole number of a field; null where it is missing or another text.</summary>
    public long? Integer(string name) =>
        long.TryParse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Whether a field says <c>true</c>.</summary>
    public bool IsTrue(string name) => Text(name) is "true" or "True" or "1";

    /// <summary>The texts of a field that has several.</summary>
    public IEnumerable<string> Texts(string name) =>
        parts.Where(part => part.Name == name && part.FileName is null).Select(part => part.Text);

    private void Add(MultipartSection section)
    {
        if (ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
        {
            using var content = new MemoryStream();
            section.Body.CopyTo(content);
            var name = HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "";
            var file = disposition.FileName.HasValue ? HeaderUtilities.RemoveQuotes(disposition.FileName).Value : null;
            parts.Add(
                new FormPart(
                    name.Replace("[]", "", StringComparison.Ordinal),
                    file,
                    section.ContentType ?? "application/octet-stream",
                    content.ToArray()
                )
            );
        }
    }
}
