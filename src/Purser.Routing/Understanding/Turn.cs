namespace Purser.Routing.Understanding;

/// <summary>What a text in a request is.</summary>
internal enum TextKind
{
    /// <summary>What someone says.</summary>
    Said,

    /// <summary>What a tool gave back.</summary>
    ToolResult,
}

/// <summary>Where a text stands in the body: the bytes between its quotes.</summary>
internal readonly record struct Place(int Offset, int Length, bool IsEscaped, TextKind Kind);

/// <summary>Where the texts of one turn stand. Of very many the first ones and the last one are kept; the sizes count all.</summary>
internal sealed class Turn
{
    /// <summary>The most places that are kept.</summary>
    public const int MaxPlaces = 64;

    private readonly Place[] places = new Place[MaxPlaces];

    /// <summary>How many places are kept.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes of all texts that were said, as they are escaped.</summary>
    public long SaidBytes { get; set; }

    /// <summary>The bytes of all results of tools, as they are escaped.</summary>
    public long ResultBytes { get; set; }

    /// <summary>The places, in the body's order.</summary>
    public ReadOnlySpan<Place> Places => places.AsSpan(0, Count);

    /// <summary>Takes one more text.</summary>
    public void Add(Place place)
    {
        if (place.Kind == TextKind.Said)
        {
            SaidBytes += place.Length;
        }
        else
        {
            ResultBytes += place.Length;
        }
        Count = Math.Min(Count + 1, MaxPlaces);
        places[Count - 1] = place;
    }

    /// <summary>Makes results of a tool of all that was said from a place on: the type of a part may stand behind its text.</summary>
    public void TurnIntoResults(int fromPlace, long fromBytes)
    {
        for (var index = Math.Min(fromPlace, MaxPlaces - 1); index < Count; index++)
        {
            places[index] = places[index] with { Kind = TextKind.ToolResult };
        }
        ResultBytes += SaidBytes - fromBytes;
        SaidBytes = fromBytes;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        Count = 0;
        SaidBytes = 0;
        ResultBytes = 0;
    }
}
