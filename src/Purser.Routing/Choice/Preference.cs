namespace Purser.Routing.Choice;

/// <summary>What is preferred among the models that are shown to do a request well enough.</summary>
public enum Preference
{
    /// <summary>The least expected cost.</summary>
    Cost,

    /// <summary>The shortest time to the whole answer, as measured here; where nothing is measured, the least expected cost.</summary>
    Speed,

    /// <summary>The best expected answer; where nothing is known, the reference.</summary>
    Quality,
}
