namespace Purser.Routing.WhatIf;

/// <summary>What a log shows of a step, without keeping any of it.</summary>
[Flags]
public enum StepSigns
{
    /// <summary>Nothing but sizes.</summary>
    None = 0,

    /// <summary>It read or searched: files, folders, the state of a repository.</summary>
    Look = 1,

    /// <summary>It read from the web.</summary>
    Web = 2,

    /// <summary>It ran a command that may change something.</summary>
    Run = 4,

    /// <summary>It wrote or changed a file.</summary>
    Edit = 8,

    /// <summary>It planned, kept a list of what to do, or gave work to another agent.</summary>
    Plan = 16,

    /// <summary>It called a tool of no known kind.</summary>
    OtherTool = 32,

    /// <summary>It said something.</summary>
    Text = 64,

    /// <summary>It thought before.</summary>
    Thinking = 128,

    /// <summary>What it follows is a tool that failed, or a call that did.</summary>
    AfterError = 256,

    /// <summary>It is the first after a person's words.</summary>
    FirstOfTurn = 512,
}

/// <summary>The kinds of steps, by the first rule that holds, in the order of <see cref="StepRules.Kind"/>.</summary>
public enum StepKind
{
    /// <summary>The log shows nothing but sizes.</summary>
    Unknown,

    /// <summary>After something failed.</summary>
    Recover,

    /// <summary>Wrote or changed a file.</summary>
    Edit,

    /// <summary>Planned or delegated.</summary>
    Plan,

    /// <summary>Ran a command that may change something.</summary>
    Run,

    /// <summary>Called another tool.</summary>
    Tool,

    /// <summary>Only read or searched.</summary>
    Look,

    /// <summary>Said something, and called no tool.</summary>
    Answer,
}

/// <summary>The rules that name a step, stated in docs/router.md.</summary>
public static class StepRules
{
    /// <summary>The most output tokens of a routine step that calls a tool.</summary>
    public const long RoutineOutput = 500;

    /// <summary>The most input tokens of a routine step.</summary>
    public const long RoutinePrompt = 100_000;

    /// <summary>The kind of a step: the first that holds of recover, edit, plan, run, tool, look, answer; else unknown.</summary>
    public static StepKind Kind(StepSigns signs) =>
        signs.HasFlag(StepSigns.AfterError) ? StepKind.Recover
        : signs.HasFlag(StepSigns.Edit) ? StepKind.Edit
        : signs.HasFlag(StepSigns.Plan) ? StepKind.Plan
        : signs.HasFlag(StepSigns.Run) ? StepKind.Run
        : signs.HasFlag(StepSigns.OtherTool) ? StepKind.Tool
        : (signs & (StepSigns.Look | StepSigns.Web)) != 0 ? StepKind.Look
        : signs.HasFlag(StepSigns.Text) ? StepKind.Answer
        : StepKind.Unknown;

    /// <summary>The class of work that a kind is a slice of.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="isSubAgent">Whether a sub-agent made it: what it says at the end is a summary of what it found.</param>
    public static TaskClass Class(StepKind kind, bool isSubAgent) =>
        kind switch
        {
            StepKind.Recover => TaskClass.Debug,
            StepKind.Edit => TaskClass.CodeEdit,
            StepKind.Plan => TaskClass.Plan,
            StepKind.Run or StepKind.Tool or StepKind.Look => TaskClass.AgentStep,
            StepKind.Answer => isSubAgent ? TaskClass.Summarize : TaskClass.Chat,
            _ => TaskClass.Other,
        };

    /// <summary>
    /// Whether a step is routine: a sub-agent's, that only read or searched, after nothing failed, without thinking, with little input and output.
    /// </summary>
    public static bool IsRoutine(AgentStep step) =>
        step.Kind == StepKind.Look && step.Tokens.Answer <= RoutineOutput && IsModest(step) && !step.Signs.HasFlag(StepSigns.FirstOfTurn);

    /// <summary>
    /// Whether a whole run is routine: a sub-agent's, all of whose steps only read or searched in few words, or said what was found.
    /// </summary>
    public static bool IsRoutine(IReadOnlyList<AgentStep> run) =>
        run.Any(step => step.Kind == StepKind.Look)
        && run.All(step =>
            IsModest(step) && (step.Kind == StepKind.Answer || (step.Kind == StepKind.Look && step.Tokens.Answer <= RoutineOutput))
        );

    private static bool IsModest(AgentStep step) =>
        step.IsSubAgent && step.Tokens.Prompt <= RoutinePrompt && step.Tokens.Reasoning == 0 && !step.Signs.HasFlag(StepSigns.Thinking);
}
