namespace Purser.Routing.Learning;

/// <summary>Finds a word's group without making a string of it; upper and lower case are the same.</summary>
internal sealed class FrozenCues
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _groups;

    /// <summary>Makes the table of the words of each group.</summary>
    /// <param name="groups">The words; a word is in one group.</param>
    public FrozenCues(IReadOnlyList<string[]> groups)
    {
        var table = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var group = 0; group < groups.Count; group++)
        {
            foreach (var word in groups[group])
            {
                table.Add(word, group);
            }
        }

        _groups = table.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The group of a word, where it has one.</summary>
    public bool TryFind(ReadOnlySpan<char> word, out int group) => _groups.TryGetValue(word, out group);
}
