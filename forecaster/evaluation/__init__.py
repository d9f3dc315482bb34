"""What a forecast is worth: formulas, folds, the report and its verdict."""
