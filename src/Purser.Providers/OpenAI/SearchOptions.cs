using System.Text.Json;

namespace Purser.Providers.OpenAI;

/// <summary>Reads <c>web_search_options</c> of a chat completion: how large the context of its search shall be.</summary>
internal static class SearchOptions
{
    private const string Size = "search_context_size";
    private const int MaxLength = 32;

    /// <summary>Reads the member that the scan is on, to its end.</summary>
    public static bool Read(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartObject)
        {
            return scan.Walk(WalkRules.None);
        }
        var isThere = false;
        while (scan.NextMember(out var name))
        {
            if (!name.Equals(Size, StringComparison.OrdinalIgnoreCase))
            {
                if (!scan.Walk(WalkRules.None))
                {
                    return false;
                }
                continue;
            }
            // It decides the fee, and which of two the provider takes can't be known.
            const string path = "web_search_options." + Size;
            if (isThere)
            {
                return scan.Refuse(RequestFaults.DuplicateMember, $"The member '{path}' is there more than once.", path);
            }
            if (name != Size)
            {
                return scan.Refuse(RequestFaults.AmbiguousMember, $"A member differs from '{path}' in upper and lower case alone.", path);
            }
            isThere = true;
            if (!ReadSize(ref scan))
            {
                return false;
            }
        }
        return scan.Fault is null;
    }

    // What is no name of a size is kept as none that is known; null asks for the default, as leaving it out does.
    private static bool ReadSize(ref RequestScan scan)
    {
        if (scan.IsNull)
        {
            return true;
        }
        var isRead = scan.ReadLabel(MaxLength, out var size);
        scan.Facts.SearchContext = size ?? "";
        return isRead;
    }
}
