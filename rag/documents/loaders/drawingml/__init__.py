"""What Word, PowerPoint and Excel draw alike: texts of shapes, charts, SmartArt (DrawingML, ECMA-376-1, part 21)."""
