namespace Purser.Cli.WhatIf;

/// <summary>What was read, and what of it counts for nothing.</summary>
internal sealed class LogTally
{
    /// <summary>Files that were read.</summary>
    public long Files { get; set; }

    /// <summary>Files that couldn't be read.</summary>
    public long UnreadableFiles { get; set; }

    /// <summary>Lines that are no JSON object, or too long.</summary>
    public long BadLines { get; set; }

    /// <summary>Files whose last line isn't whole yet.</summary>
    public long Unfinished { get; set; }

    /// <summary>Statements of a call that another line or file has too.</summary>
    public long Repeated { get; set; }

    /// <summary>Answers that the agent made itself (<c>&lt;synthetic&gt;</c>), which no model was called for.</summary>
    public long Synthetic { get; set; }

    /// <summary>Calls whose usage contradicts itself or isn't stated.</summary>
    public long BadUsage { get; set; }

    /// <summary>Calls with audio, images or other pieces that have a price of their own.</summary>
    public long NotText { get; set; }
}
