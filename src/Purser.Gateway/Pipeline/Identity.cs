using Microsoft.AspNetCore.Http;
using Purser.Core.Ledger;
using Purser.Gateway.Storage;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>Who sends a request, as far as its key and headers say.</summary>
/// <param name="Key">The virtual key.</param>
/// <param name="Hints">What the client's headers say about session and agent.</param>
/// <param name="Tags">The tags of <c>x-purser-tags</c>.</param>
internal sealed record Identity(VirtualKey Key, ClientHints Hints, IReadOnlyList<KeyValuePair<string, string>> Tags)
{
    private const string TagsHeader = "x-purser-tags";

    /// <summary>
    /// Reads the headers. A key without a membership is refused, and so is a malformed tag list, for it would be attributed wrongly.
    /// </summary>
    public static (Identity? Identity, Refusal? Refusal) Read(VirtualKey key, IHeaderDictionary headers)
    {
        if (!key.Subject.IsPlaced)
        {
            return (null, Refusal.NoMembership);
        }

        IReadOnlyList<KeyValuePair<string, string>> tags = [];
        if (headers.TryGetValue(TagsHeader, out var text) && text.Count > 0)
        {
            var parsed = TagList.Parse(text.ToString());
            if (parsed.Tags is null)
            {
                return (null, Refusal.BadRequest("invalid_tags", $"{TagsHeader}: {parsed.Fault!.Message}"));
            }

            tags = parsed.Tags;
        }

        var hints = ClientHints.Read(name => headers.TryGetValue(name, out var values) && values.Count > 0 ? values[0] : null);
        return (new Identity(key, hints, tags), null);
    }

    /// <summary>The subject that the request is charged to, with what its body says.</summary>
    public Subject SubjectFor(RequestFacts facts)
    {
        var session = Hints.SessionId ?? facts.SessionId;
        var agent = Hints.AgentId ?? Hints.ClientName;
        var tags = AllTags(facts.Metadata);
        if (session is null && agent is null && facts.EndUser is null && tags.Count == 0)
        {
            return Key.Subject;
        }

        return new Subject
        {
            KeyId = Key.Id,
            Accounts = Key.Subject.Accounts,
            EndUser = facts.EndUser,
            Session = session,
            Agent = agent,
            Tags = tags,
        };
    }

    /// <summary>The subject that a batch is charged to: what its lines say of end users and sessions doesn't split it.</summary>
    /// <param name="metadata">The batch's own; null for none.</param>
    public Subject SubjectForBatch(IReadOnlyDictionary<string, string>? metadata) =>
        new()
        {
            KeyId = Key.Id,
            Accounts = Key.Subject.Accounts,
            Session = Hints.SessionId,
            Agent = Hints.AgentId ?? Hints.ClientName,
            Tags = AllTags(metadata),
        };

    /// <summary>The header's tags, and the body's metadata where the header doesn't say otherwise; sorted, so equal sets are one subject.</summary>
    private IReadOnlyList<KeyValuePair<string, string>> AllTags(IReadOnlyDictionary<string, string>? metadata)
    {
        if (Tags.Count == 0 && metadata is not { Count: > 0 })
        {
            return [];
        }

        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in metadata ?? new Dictionary<string, string>())
        {
            all[Clean(name)] = Clean(value);
        }

        foreach (var (name, value) in Tags)
        {
            all[name] = value;
        }

        return [.. all];
    }

    // Stored one to a line, so a value can't hold a line feed; '=' ends the name.
    private static string Clean(string text)
    {
        var clean = text.Length > 256 ? text[..256] : text;
        return clean.AsSpan().ContainsAnyInRange('\0', '\u001f') ? string.Concat(clean.Select(c => char.IsControl(c) ? ' ' : c)) : clean;
    }
}
