namespace Purser.Routing;

/// <summary>What kind of work a request asks for: the slices that routes are proved, watched and reverted by.</summary>
public enum TaskClass
{
    /// <summary>None of the others, or not to be told.</summary>
    Other,

    /// <summary>One of a few labels for a text.</summary>
    Classify,

    /// <summary>Facts out of a text, as fields or a table.</summary>
    Extract,

    /// <summary>A text made shorter.</summary>
    Summarize,

    /// <summary>A text in another language.</summary>
    Translate,

    /// <summary>A text said otherwise: tone, length, grammar.</summary>
    Rewrite,

    /// <summary>A pattern, a conversion, a format: regular expressions, JSON to CSV.</summary>
    Format,

    /// <summary>Code written or changed.</summary>
    CodeEdit,

    /// <summary>Code judged.</summary>
    CodeReview,

    /// <summary>A fault looked for.</summary>
    Debug,

    /// <summary>Steps thought out ahead.</summary>
    Plan,

    /// <summary>One step of an agent among its tools.</summary>
    AgentStep,

    /// <summary>Calculation and proof.</summary>
    Maths,

    /// <summary>A question that takes thought or knowledge.</summary>
    Reasoning,

    /// <summary>Talk.</summary>
    Chat,

    /// <summary>Fiction, verse, names, ideas.</summary>
    Creative,
}
