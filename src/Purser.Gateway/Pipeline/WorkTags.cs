using System.Net.Mail;
using Purser.Gateway.Configuration;
using Purser.Providers;
using Purser.Providers.Context;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// A request's tags, from all that says some. What is said more plainly goes before: Purser's own headers, then <c>baggage</c>, then the repository's
/// project, then the body's <c>metadata</c>. Sorted, so that equal sets are one subject.
/// </summary>
internal static class WorkTags
{
    /// <summary>The tag that a project is.</summary>
    public const string Project = "project";

    private const int MaxLength = 256;

    /// <param name="header">The tags of <c>x-purser-tags</c>.</param>
    /// <param name="project">The project of <c>x-purser-project</c>, or null.</param>
    /// <param name="hints">What the client says of its work.</param>
    /// <param name="repositories">Which projects repositories belong to.</param>
    /// <param name="metadata">The pairs of the body's <c>metadata</c>.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(
        IReadOnlyList<KeyValuePair<string, string>> header,
        string? project,
        ClientHints hints,
        RepositoryProjects repositories,
        IReadOnlyDictionary<string, string>? metadata
    )
    {
        var named = project ?? hints.Project;
        var mapped = hints.Repository is { } repository ? repositories.ProjectOf(repository) : null;
        if (header.Count == 0 && named is null && mapped is null && hints.Tags is null && metadata is not { Count: > 0 })
        {
            return [];
        }

        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in metadata ?? new Dictionary<string, string>())
        {
            if (!IsAddress(value))
            {
                all[Clean(name).Replace('=', '_')] = Clean(value);
            }
        }

        // A malformed list in baggage is as if it weren't there: whoever wrote it may not know of Purser.
        Set(mapped);
        SetAll(TagList.Parse(hints.Tags).Tags ?? []);
        Set(hints.Project);
        SetAll(header);
        Set(project);
        return [.. all];

        void Set(string? value)
        {
            if (value is not null)
            {
                all[Project] = value;
            }
        }

        void SetAll(IEnumerable<KeyValuePair<string, string>> tags)
        {
            foreach (var (name, value) in tags)
            {
                all[name] = value;
            }
        }
    }

    /// <summary>Whether a text is an e-mail address: a person's, and nothing that records of spend need.</summary>
    public static bool IsAddress(string text) => text.Contains('@', StringComparison.Ordinal) && MailAddress.TryCreate(text, out _);

    // Stored one to a line, so a value can't hold a line feed; '=' ends the name.
    private static string Clean(string text)
    {
        var clean = text.Length > MaxLength ? text[..MaxLength] : text;
        return clean.AsSpan().ContainsAnyInRange('\0', '\u001f') ? string.Concat(clean.Select(c => char.IsControl(c) ? ' ' : c)) : clean;
    }
}
